// Private endpoints of storage and Key Vault, with their private DNS names.
param token string
param location string
param tags object
param networkId string
param subnetId string
param storageId string
param vaultId string

var suffix = environment().suffixes.storage
var targets = [
  { kind: 'blob', id: storageId, zone: 'privatelink.blob.${suffix}' }
  { kind: 'queue', id: storageId, zone: 'privatelink.queue.${suffix}' }
  { kind: 'table', id: storageId, zone: 'privatelink.table.${suffix}' }
  { kind: 'vault', id: vaultId, zone: 'privatelink.vaultcore.azure.net' }
]

resource zones 'Microsoft.Network/privateDnsZones@2020-06-01' = [
  for target in targets: {
    name: target.zone
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = [
  for (target, index) in targets: {
    parent: zones[index]
    name: 'link-${token}'
    location: 'global'
    tags: tags
    properties: {
      virtualNetwork: { id: networkId }
      registrationEnabled: false
    }
  }
]

resource endpoints 'Microsoft.Network/privateEndpoints@2024-01-01' = [
  for target in targets: {
    name: 'pe-${target.kind}-${token}'
    location: location
    tags: tags
    properties: {
      subnet: { id: subnetId }
      privateLinkServiceConnections: [
        {
          name: target.kind
          properties: { privateLinkServiceId: target.id, groupIds: [target.kind] }
        }
      ]
    }
  }
]

resource groups 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-01-01' = [
  for (target, index) in targets: {
    parent: endpoints[index]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        { name: target.kind, properties: { privateDnsZoneId: zones[index].id } }
      ]
    }
  }
]
