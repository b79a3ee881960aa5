// Everything Perennial needs, in its own resource group. This file only composes modules/.
targetScope = 'subscription'

@description('Name of the azd environment; part of every name.')
@minLength(1)
@maxLength(20)
param environmentName string

@description('Region, which must offer Flex Consumption.')
param location string

@description('The master secret, given only at the first provisioning; afterwards it stays in Key Vault.')
@secure()
param masterSecret string = ''

@description('App settings that override the defaults in docs/reference/settings.md, by name.')
param appSettings object = {}

@description('Number of always-ready HTTP instances; 0 scales to zero.')
@minValue(0)
param alwaysReadyHttp int = 0

@description('Requests that an instance handles at a time before another one starts.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int = 16

@description('Memory of an instance in MB; 2048 comes with one core. 512 is too little to train: workers took up to 835.')
@allowed([2048, 4096])
param instanceMemoryMB int = 2048

@description('Maximum number of instances.')
@minValue(40)
@maxValue(1000)
param maximumInstances int = 100

@description('Whether only a virtual network can reach storage and Key Vault.')
param privateNetwork bool = false

@description('Email address for alerts and budget notifications; empty for none.')
param alertEmail string = ''

@description('Whether to make a topic of Event Grid that the app may send its events to.')
param eventTopic bool = false

@description('Monthly budget, in the currency of the subscription; 0 for none.')
@minValue(0)
param monthlyBudget int = 0

@description('First day of the month in which the budget starts.')
param budgetStart string = '${utcNow('yyyy-MM')}-01'

var token = toLower(uniqueString(subscription().id, environmentName, location))
var publicAccess = privateNetwork ? 'Disabled' : 'Enabled'
var tags = { 'azd-env-name': environmentName }

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  scope: group
  name: 'identity'
  params: { name: 'id-${token}', location: location, tags: tags }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  name: 'monitoring'
  params: { token: token, location: location, tags: tags }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  scope: group
  name: 'network'
  params: { token: token, location: location, tags: tags }
}

module storage 'modules/storage.bicep' = {
  scope: group
  name: 'storage'
  params: { name: 'st${token}', location: location, tags: tags, publicAccess: publicAccess }
}

module vault 'modules/vault.bicep' = {
  scope: group
  name: 'vault'
  params: {
    name: 'kv-${token}'
    location: location
    tags: tags
    publicAccess: publicAccess
    masterSecret: masterSecret
  }
}

// Apart from the master secret, which the app reads and cannot change.
module datastoreVault 'modules/vault.bicep' = {
  scope: group
  name: 'datastore-vault'
  params: {
    name: 'kvd-${token}'
    location: location
    tags: tags
    publicAccess: publicAccess
    masterSecret: ''
  }
}

module endpoints 'modules/private_endpoints.bicep' = if (privateNetwork) {
  scope: group
  name: 'private-endpoints'
  params: {
    token: token
    location: location
    tags: tags
    networkId: network.outputs.networkId
    subnetId: network.outputs.endpointSubnetId
    storageId: storage.outputs.id
    vaultId: vault.outputs.id
    datastoreVaultId: datastoreVault.outputs.id
  }
}

module events 'modules/events.bicep' = if (eventTopic) {
  scope: group
  name: 'events'
  params: { name: 'evgt-events-${token}', location: location, tags: tags }
}

module rbac 'modules/rbac.bicep' = {
  scope: group
  name: 'rbac'
  params: {
    principalId: identity.outputs.principalId
    storageName: storage.outputs.name
    vaultName: vault.outputs.name
    datastoreVaultName: datastoreVault.outputs.name
    insightsName: monitoring.outputs.insightsName
    eventTopicName: eventTopic ? events.outputs.name : ''
  }
}

module app 'modules/app.bicep' = {
  scope: group
  name: 'app'
  params: {
    token: token
    location: location
    tags: union(tags, { 'azd-service-name': 'app' })
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageName: storage.outputs.name
    deploymentContainer: storage.outputs.deploymentContainer
    vaultUri: vault.outputs.uri
    datastoreVaultUri: datastoreVault.outputs.uri
    insightsConnectionString: monitoring.outputs.connectionString
    appSubnetId: privateNetwork ? network.outputs.appSubnetId : ''
    eventHosts: eventTopic ? events.outputs.host : ''
    appSettings: appSettings
    alwaysReadyHttp: alwaysReadyHttp
    httpConcurrency: httpConcurrency
    instanceMemoryMB: instanceMemoryMB
    maximumInstances: maximumInstances
  }
  dependsOn: [rbac]
}

module topic 'modules/topic.bicep' = {
  scope: group
  name: 'topic'
  params: { name: 'evgt-${token}', location: location, tags: tags, storageId: storage.outputs.id }
}

module workbook 'modules/workbook.bicep' = {
  scope: group
  name: 'workbook'
  params: { location: location, tags: tags, insightsId: monitoring.outputs.insightsId }
}

module alerts 'modules/alerts.bicep' = {
  scope: group
  name: 'alerts'
  params: {
    token: token
    location: location
    tags: tags
    insightsId: monitoring.outputs.insightsId
    email: alertEmail
  }
}

module budget 'modules/budget.bicep' = if (monthlyBudget > 0 && !empty(alertEmail)) {
  scope: group
  name: 'budget'
  params: { name: 'budget-${environmentName}', amount: monthlyBudget, start: budgetStart, email: alertEmail }
}

output RESOURCE_GROUP string = group.name
output APP_NAME string = app.outputs.name
output APP_URL string = app.outputs.url
output TOPIC_NAME string = topic.outputs.name
output EVENT_TOPIC_URL string = eventTopic ? events.outputs.url : ''
output KEY_VAULT_NAME string = vault.outputs.name
