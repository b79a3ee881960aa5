// The workbook of ../workbook.json, in Application Insights under Workbooks.
param location string
param tags object
param insightsId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(insightsId, 'workbook')
  location: location
  tags: union(tags, { 'hidden-title': 'Perennial' })
  kind: 'shared'
  properties: {
    displayName: 'Perennial'
    category: 'workbook'
    sourceId: insightsId
    version: '1.0'
    serializedData: replace(loadTextContent('../workbook.json'), '{insights}', insightsId)
  }
}
