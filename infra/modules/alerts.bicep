// Alerts: failed jobs, poison messages, app errors, slow scoring.
param token string
param location string
param tags object
param insightsId string
param email string

var rules = [
  {
    name: 'failed-jobs'
    description: 'Jobs or runs failed: their status says why.'
    query: 'traces | where message startswith "Work ended as Failed"'
    threshold: 0
    severity: 2
  }
  {
    name: 'poison-messages'
    description: 'A message was given up after five deliveries: look at the queue whose name ends in -poison.'
    query: 'traces | where message startswith "Message has reached MaxDequeueCount" and message contains "-poison"'
    threshold: 0
    severity: 1
  }
  {
    name: 'server-errors'
    description: 'More than one request in a hundred was answered with an error of the app.'
    query: 'requests | summarize errors = countif(toint(resultCode) >= 500 and toint(resultCode) != 503), all = count() | where errors * 100 > all'
    threshold: 0
    severity: 1
  }
  {
    name: 'slow-scoring'
    description: 'One scoring request in twenty takes longer than a second.'
    query: 'requests | where name == "execute" | summarize slow = percentile(duration, 95) | where slow > 1000'
    threshold: 0
    severity: 3
  }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: 'ag-${token}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'perennial'
    enabled: true
    emailReceivers: [
      { name: 'operator', emailAddress: email, useCommonAlertSchema: true }
    ]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-03-15-preview' = [
  for rule in rules: {
    name: 'alert-${rule.name}-${token}'
    location: location
    tags: tags
    properties: {
      displayName: 'Perennial: ${rule.name}'
      description: rule.description
      severity: rule.severity
      enabled: true
      scopes: [insightsId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: rule.threshold
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      autoMitigate: true
      actions: { actionGroups: empty(email) ? [] : [people.id] }
    }
  }
]
