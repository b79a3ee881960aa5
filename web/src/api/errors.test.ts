import { expect, test } from "vitest";
import { ApiError, explain, OfflineError, readError } from "./errors";

const headers = new Headers({ "x-ms-request-id": "7c1e" });

test("an error's first sentence is the app's, with all that is wrong below it", () => {
  const body = JSON.stringify({
    error: {
      code: "BadArgument",
      message: "Column 'temp' is missing.",
      details: [{ code: "ColumnMissing", message: "Column 'temp' is missing." }, { code: "X", message: "So is 'hum'." }],
    },
  });
  const found = explain(readError(400, body, headers));
  expect(found.sentence).toBe("Column 'temp' is missing.");
  expect(found.details).toEqual(["So is 'hum'."]);
  expect(found.number).toBe("400 · ColumnMissing");
});

test("bodies that are not the app's are not shown as if they were", () => {
  for (const body of ["<h1>Bad gateway</h1>", "", "null", "[]", '{"error": null}']) {
    const error = readError(502, body, headers);
    expect(error.message).toBe("The app answered with status 502.");
    expect(error.requestId).toBe("7c1e");
  }
});

test("a conflict and an app that does not answer say that nothing typed is lost", () => {
  expect(explain(new ApiError(412, "PreconditionFailed", "It was changed.")).remedy).toContain("kept");
  expect(explain(new OfflineError()).remedy).toContain("kept");
});
