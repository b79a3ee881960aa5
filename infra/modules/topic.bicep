// The topic for upload events; ../subscriptions.bicep adds its subscribers once the app runs.
param name string
param location string
param tags object
param storageId string

resource topic 'Microsoft.EventGrid/systemTopics@2022-06-15' = {
  name: name
  location: location
  tags: tags
  properties: {
    source: storageId
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}

output name string = topic.name
