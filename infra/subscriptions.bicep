// Event subscriptions of the four blob functions. Deployed after the app, which has to validate Event Grid's webhook.
param appName string
param topicName string

var functions = [
  { name: 'training_data_uploaded', container: 'training-data' }
  { name: 'scoring_input_uploaded', container: 'scoring-input' }
  { name: 'trained_model_uploaded', container: 'trained-models' }
  { name: 'feedback_uploaded', container: 'feedback' }
]

resource app 'Microsoft.Web/sites@2024-04-01' existing = {
  name: appName
}

resource topic 'Microsoft.EventGrid/systemTopics@2022-06-15' existing = {
  name: topicName
}

var key = listKeys('${app.id}/host/default', '2024-04-01').systemKeys.blobs_extension
var webhook = 'https://${app.properties.defaultHostName}/runtime/webhooks/blobs'

resource subscriptions 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2022-06-15' = [
  for function in functions: {
    parent: topic
    name: replace(function.name, '_', '-')
    properties: {
      destination: {
        endpointType: 'WebHook'
        properties: {
          endpointUrl: '${webhook}?functionName=Host.Functions.${function.name}&code=${key}'
        }
      }
      filter: {
        includedEventTypes: ['Microsoft.Storage.BlobCreated']
        subjectBeginsWith: '/blobServices/default/containers/${function.container}/blobs/'
      }
      eventDeliverySchema: 'EventGridSchema'
      retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
    }
  }
]
