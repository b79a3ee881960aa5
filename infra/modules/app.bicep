// The function app on Flex Consumption, with all app settings.
param token string
param location string
param tags object
param identityId string
param identityClientId string
param storageName string
param deploymentContainer string
param vaultUri string

@description('Vault in which the app keeps the secrets of datastores.')
param datastoreVaultUri string
param insightsConnectionString string

@description('Subnet for outbound calls of the app; empty for none.')
param appSubnetId string

@description('Hosts that events may be sent to, comma-separated; empty for none.')
param eventHosts string

@description('App settings that replace the defaults below.')
param appSettings object
param alwaysReadyHttp int
param httpConcurrency int
param instanceMemoryMB int
param maximumInstances int

var suffix = environment().suffixes.storage
var defaults = {
  AzureWebJobsStorage__blobServiceUri: 'https://${storageName}.blob.${suffix}'
  AzureWebJobsStorage__queueServiceUri: 'https://${storageName}.queue.${suffix}'
  AzureWebJobsStorage__tableServiceUri: 'https://${storageName}.table.${suffix}'
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AzureWebJobsDisableHomepage: 'true'
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  OTEL_EXPORTER_OTLP_ENDPOINT: ''
  PYTHON_THREADPOOL_THREAD_COUNT: string(httpConcurrency)
  PERENNIAL_MASTER_SECRET: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/master-secret)'
  PERENNIAL_KEY_VAULT: datastoreVaultUri
  // Not always the name before azurewebsites.net: new apps may get a unique host name with their region in it.
  PERENNIAL_PUBLIC_URL: 'https://${app.properties.defaultHostName}'
  PERENNIAL_CACHE_DIR: '/tmp/perennial-models'
  PERENNIAL_CACHE_DIR_MB: '256'
  PERENNIAL_MODEL_CACHE_MB: '256'
  PERENNIAL_MAX_MODEL_MB: '512'
  PERENNIAL_SAS_HOURS: '24'
  PERENNIAL_JOB_LEASE_SECONDS: '15'
  PERENNIAL_MAX_TABLE_MB: instanceMemoryMB >= 4096 ? '256' : '96'
  PERENNIAL_PARTITION_MB: '16'
  PERENNIAL_IMPORT_HOSTS: ''
  PERENNIAL_EVENT_HOSTS: eventHosts
  PERENNIAL_CORS_ORIGINS: ''
  PERENNIAL_FORWARDED_HOSTS: ''
  PERENNIAL_KEY_VAULTS: ''
  PERENNIAL_DATABASES: ''
  PERENNIAL_OUTPUT_DAYS: '30'
  PERENNIAL_RECORD_DAYS: '90'
  PERENNIAL_AUDIT_DAYS: '400'
  PERENNIAL_PROXIES: '1'
  PERENNIAL_RUN_MINUTES: '50'
  PERENNIAL_ESTIMATORS: ''
  PERENNIAL_ARM_TOKEN: ''
}
var name = 'func-${token}'

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  // checkov:skip=CKV_AZURE_225: Flex Consumption places its instances itself
  name: 'plan-${token}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  // checkov:skip=CKV_AZURE_17: callers use keys, like clients of the original, not client certificates
  // checkov:skip=CKV_AZURE_78: Flex Consumption is deployed from a blob and has no FTP
  // checkov:skip=CKV_AZURE_212: Flex Consumption scales the number of instances with the load, down to zero
  // checkov:skip=CKV_AZURE_222: scoring services are called from outside
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(appSubnetId) ? null : appSubnetId
    siteConfig: {
      minTlsVersion: '1.2'
      http20Enabled: true
      healthCheckPath: '/health'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: 'https://${storageName}.blob.${suffix}/${deploymentContainer}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstances
        // Without it, an instance of a Python app gets one request at a time and a second caller a cold instance.
        triggers: { http: { perInstanceConcurrency: httpConcurrency } }
        alwaysReady: alwaysReadyHttp > 0 ? [{ name: 'http', instanceCount: alwaysReadyHttp }] : []
      }
      runtime: { name: 'python', version: '3.13' }
    }
  }
}

resource settings 'Microsoft.Web/sites/config@2024-04-01' = {
  // The following checks are about the site above, not about these settings.
  // checkov:skip=CKV_AZURE_13: callers use endpoint and workspace keys, which the app checks itself
  // checkov:skip=CKV_AZURE_63: requests go to Application Insights
  // checkov:skip=CKV_AZURE_65: errors go to Application Insights
  // checkov:skip=CKV_AZURE_66: failed requests go to Application Insights
  // checkov:skip=CKV_AZURE_80: the app is not a .NET app
  // checkov:skip=CKV_AZURE_88: instances store nothing but copies of models
  // checkov:skip=CKV_AZURE_222: scoring services are called from outside
  parent: app
  name: 'appsettings'
  properties: union(defaults, appSettings)
}

output name string = app.name
output url string = 'https://${app.properties.defaultHostName}'
