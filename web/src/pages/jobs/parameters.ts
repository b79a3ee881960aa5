/** The parameters of a job, from what was typed. */

/** Those of the endpoint that something was typed for; the others keep their defaults. */
export function parametersOf(known: readonly { Name: string }[], typed: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(known.flatMap(({ Name }) => (typed[Name] ? [[Name, typed[Name]]] : [])));
}
