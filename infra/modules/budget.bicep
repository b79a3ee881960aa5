// Tells somebody when a month costs four fifths of the budget, and all of it.
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
