// A key vault: for the master secret from which all keys and tokens are derived, or for the secrets of datastores.
param name string
param location string
param tags object

@description('Disabled: only the virtual network can reach it.')
@allowed(['Enabled', 'Disabled'])
param publicAccess string

@description('Written if given; otherwise the vault keeps its secret.')
@secure()
param masterSecret string

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  // checkov:skip=CKV_AZURE_109: roles control who can read; privateNetwork restricts the network as well
  // checkov:skip=CKV_AZURE_189: as above
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    publicNetworkAccess: publicAccess
    networkAcls: {
      defaultAction: publicAccess == 'Disabled' ? 'Deny' : 'Allow'
      bypass: 'AzureServices'
    }
  }
}

resource secret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(masterSecret)) {
  // checkov:skip=CKV_AZURE_41: it does not expire: a new secret would invalidate every key already handed out
  // checkov:skip=CKV_AZURE_114: contentType is set below; the check does not see it in a conditional resource
  parent: vault
  name: 'master-secret'
  properties: {
    value: masterSecret
    contentType: 'text/plain'
  }
}

output id string = vault.id
output name string = vault.name
output uri string = vault.properties.vaultUri
