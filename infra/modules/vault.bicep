// Key Vault with the master secret that all keys and tokens derive from.
param name string
param location string
param tags object

@description('Disabled: it is reached through the virtual network alone.')
@allowed(['Enabled', 'Disabled'])
param publicAccess string

@description('Written if it is given; otherwise the vault keeps what it has.')
@secure()
param masterSecret string

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  // checkov:skip=CKV_AZURE_109: roles decide who reads; with privateNetwork the network does, too
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
  // checkov:skip=CKV_AZURE_41: it has no end: another secret would end every key that was given out
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
