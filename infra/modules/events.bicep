// A custom topic of Event Grid that the app may send its events to. Senders are Entra identities; rbac.bicep has the app's.
param name string
param location string
param tags object

resource topic 'Microsoft.EventGrid/topics@2022-06-15' = {
  // checkov:skip=CKV_AZURE_191: the topic calls nothing that needs an identity of its own
  // checkov:skip=CKV_AZURE_193: only identities with a role on it can send, from any network
  name: name
  location: location
  tags: tags
  properties: {
    inputSchema: 'CloudEventSchemaV1_0'
    disableLocalAuth: true
    publicNetworkAccess: 'Enabled'
  }
}

output name string = topic.name
output url string = topic.properties.endpoint
output host string = split(topic.properties.endpoint, '/')[2]
