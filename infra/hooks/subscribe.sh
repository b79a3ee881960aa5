#!/bin/sh
# After each deployment: subscribes the blob functions to Event Grid, which validates the webhook, so the app must run.
set -eu
az deployment group create \
  --resource-group "$RESOURCE_GROUP" \
  --name perennial-subscriptions \
  --template-file infra/subscriptions.bicep \
  --parameters appName="$APP_NAME" topicName="$TOPIC_NAME" \
  --output none
echo "Uploads to training-data, scoring-input, trained-models and feedback reach the app."
