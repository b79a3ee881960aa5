// Sends an email when a month's cost reaches 80 % and 100 % of the budget.
param name string
param amount int
param start string
param email string

resource budget 'Microsoft.Consumption/budgets@2023-11-01' = {
  name: name
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: { startDate: start }
    notifications: {
      most: { enabled: true, operator: 'GreaterThan', threshold: 80, contactEmails: [email] }
      all: { enabled: true, operator: 'GreaterThan', threshold: 100, contactEmails: [email] }
    }
  }
}
