import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { LANGUAGES } from "./samples";

const body = { Inputs: { input1: { ColumnNames: ["it's \"a\" $name"], Values: [["O'Neil \\ 50 %\nnew"], [null]] } } };
const url = "https://host.example/workspaces/1/services/2/execute?api-version=2.0";

describe("requests in other languages", () => {
  test("none writes a key", () => {
    for (const write of Object.values(LANGUAGES)) expect(write({ url, body })).toMatch(/\$KEY|environ\['KEY'\]|"KEY"|env:KEY/);
  });

  test("a shell sends the body that curl's line has, whatever the cells hold", () => {
    const line = LANGUAGES.curl!({ url, body }).replace(/^curl/, "printf '%s\\n'");
    const words = execFileSync("sh", ["-c", line], { encoding: "utf8", env: { KEY: "secret" } }).split("\n");
    expect(words[0]).toBe(url);
    expect(words[2]).toBe("Authorization: Bearer secret");
    expect(JSON.parse(words.slice(6).join("\n"))).toEqual(body);
  });

  test("Python reads the body as it was", () => {
    const line = LANGUAGES.Python!({ url, body }).split("\n")[2]!;
    const code = `import json\n${line}\nprint(json.dumps(body))`;
    expect(JSON.parse(execFileSync("python3", ["-c", code], { encoding: "utf8" }))).toEqual(body);
  });
});
