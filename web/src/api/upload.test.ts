import { expect, test } from "vitest";
import { blocksOf, dataTypeOf, sendBlocks, type UploadRoutes } from "./upload";

test("a file is cut into blocks without a gap", () => {
  expect(blocksOf(10, 4)).toEqual([
    [0, 4],
    [4, 8],
    [8, 10],
  ]);
  expect(blocksOf(8, 4)).toHaveLength(2);
  expect(blocksOf(0, 4)).toEqual([[0, 0]]);
});

test("a file's type is that of its ending", () => {
  expect(dataTypeOf("Rows.CSV")).toBe("GenericCSV");
  expect(dataTypeOf("archive.tar.gz")).toBeUndefined();
});

test("an upload that was cut off goes on with the block that failed, under the same id", async () => {
  const sent: number[] = [];
  let fails = true;
  const routes: UploadRoutes = {
    start: async () => "u1",
    send: async ({ id }, block) => {
      expect(id).toBe("u1");
      if (block === 1 && fails) throw new Error("no connection");
      sent.push(block);
    },
  };
  const upload = { file: new Blob([new Uint8Array(9 * 1024 * 1024)]), dataType: "GenericCSV", arrived: 0 };
  const shares: number[] = [];
  await expect(sendBlocks(upload, { progress: (share) => shares.push(share) }, routes)).rejects.toThrow("no connection");
  fails = false;
  await sendBlocks(upload, { progress: (share) => shares.push(share) }, { ...routes, start: () => Promise.reject(new Error("begun again")) });
  expect(sent).toEqual([0, 1, 2]);
  expect(shares.at(-1)).toBe(1);
});
