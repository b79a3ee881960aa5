// The storage account, which accepts identities only, no shared keys. The app creates its containers and tables.
param name string
param location string
param tags object

@description('Disabled: only the virtual network can reach it.')
@allowed(['Enabled', 'Disabled'])
param publicAccess string

var deploymentName = 'deployments'

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  // checkov:skip=CKV_AZURE_35: clients read results by links from outside, unless privateNetwork is set
  // checkov:skip=CKV_AZURE_206: data is replicated to three zones; replication to another region is up to whoever pays for it
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_ZRS' }
  properties: {
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicAccess
    networkAcls: {
      defaultAction: publicAccess == 'Disabled' ? 'Deny' : 'Allow'
      bypass: 'AzureServices'
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      deleteRetentionPolicy: { enabled: true, days: 7 }
      containerDeleteRetentionPolicy: { enabled: true, days: 7 }
    }

    resource deployments 'containers' = {
      name: deploymentName
      properties: { publicAccess: 'None' }
    }
  }
}

output id string = storage.id
output name string = storage.name
output deploymentContainer string = deploymentName
