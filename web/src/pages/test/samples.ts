/** What a request in another language is made of. */
export interface ScoringRequest {
  url: string;
  body: unknown;
}

/** The languages of the original's help page, with the request in each; `$KEY` stands for the key. */
export const LANGUAGES: Record<string, (request: ScoringRequest) => string> = {
  curl: ({ url, body }) =>
    `curl "${url}" \\\n  -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\\n` +
    `  --data '${json(body).replaceAll("'", "'\\''")}'`,
  Python: ({ url, body }) =>
    `import json, os, urllib.request\n\nbody = json.loads(${quoted(json(body))})\n` +
    `request = urllib.request.Request(\n    "${url}",\n    json.dumps(body).encode(),\n` +
    `    {"Authorization": f"Bearer {os.environ['KEY']}", "Content-Type": "application/json"},\n)\n` +
    `print(json.load(urllib.request.urlopen(request))["Results"])`,
  R: ({ url, body }) =>
    `library(httr)\n\nanswer <- POST(\n  "${url}",\n` +
    `  add_headers(Authorization = paste("Bearer", Sys.getenv("KEY"))),\n  content_type_json(),\n` +
    `  body = ${quoted(json(body))}\n)\ncontent(answer)$Results`,
  "C#": ({ url, body }) =>
    `using System.Net.Http.Headers;\nusing System.Text;\n\nusing var client = new HttpClient();\n` +
    `client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Environment.GetEnvironmentVariable("KEY"));\n` +
    `var body = new StringContent(${quoted(json(body))}, Encoding.UTF8, "application/json");\n` +
    `var answer = await client.PostAsync("${url}", body);\nConsole.WriteLine(await answer.Content.ReadAsStringAsync());`,
  PowerShell: ({ url, body }) =>
    `$body = '${json(body).replaceAll("'", "''")}'\n` +
    `Invoke-RestMethod "${url.replaceAll("$", "`$")}" -Method Post -Body ([Text.Encoding]::UTF8.GetBytes($body)) \`\n` +
    `  -Headers @{Authorization = "Bearer $env:KEY"} -ContentType "application/json"`,
};

function json(value: unknown): string {
  return JSON.stringify(value);
}

/** A text as Python, R and C# write it: they have all of JSON's escapes. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
