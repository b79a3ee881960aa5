// Private endpoints of storage and both key vaults, with their private DNS names.
param token string
param location string
param tags object
param networkId string
param subnetId string
param storageId string
param vaultId string
param datastoreVaultId string

var suffix = environment().suffixes.storage
var zoneNames = [
  'privatelink.blob.${suffix}'
  'privatelink.queue.${suffix}'
  'privatelink.table.${suffix}'
  'privatelink.vaultcore.azure.net'
]
// `zone` is the position of its zone: both vaults share one.
var targets = [
  { name: 'blob', kind: 'blob', id: storageId, zone: 0 }
  { name: 'queue', kind: 'queue', id: storageId, zone: 1 }
  { name: 'table', kind: 'table', id: storageId, zone: 2 }
  { name: 'vault', kind: 'vault', id: vaultId, zone: 3 }
  { name: 'datastores', kind: 'vault', id: datastoreVaultId, zone: 3 }
]

resource zones 'Microsoft.Network/privateDnsZones@2020-06-01' = [
  for zone in zoneNames: {
    name: zone
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = [
  for (zone, index) in zoneNames: {
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
    name: 'pe-${target.name}-${token}'
    location: location
    tags: tags
    properties: {
      subnet: { id: subnetId }
      privateLinkServiceConnections: [
        {
          name: target.name
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
        { name: target.kind, properties: { privateDnsZoneId: zones[target.zone].id } }
      ]
    }
  }
]
