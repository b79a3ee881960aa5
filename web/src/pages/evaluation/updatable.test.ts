import { expect, test } from "vitest";
import { updatable } from "./updatable";

const models = [
  { Name: "Tumours [trained model]", UsedBy: [{ WebServiceId: "s1", Endpoint: "default", Version: 1 }, { WebServiceId: "s1", Endpoint: "no/rth", Version: 2 }] },
  { Name: "Tumours 2 [trained model]", UsedBy: [{ WebServiceId: "s2", Endpoint: "south", Version: 1 }] },
  { Name: "Digits", UsedBy: [{ WebServiceId: "s3", Endpoint: "default", Version: 1 }] },
  { Name: "Nobody's", UsedBy: null },
];
const services = [{ Id: "s1", Experiment: "Tumours" }, { Id: "s2", Experiment: "Tumours 2" }, { Id: "s3", Experiment: null }];

test("a version of a model is for the endpoints that use the model, except those that follow their experiment", () => {
  const [found, ...others] = updatable(models, services, { model: "Tumours [trained model]", version: "3" });
  expect(others).toEqual([]);
  expect(found).toMatchObject({ endpoint: "no/rth", version: 2 });
  expect(found?.to).toBe("/services/s1/endpoints/no%2Frth?update=Tumours+%5Btrained+model%5D&version=3");
});

test("a run is for the endpoints of its own experiment's models", () => {
  expect(updatable(models, services, { experiment: "Tumours" }).map(({ endpoint }) => endpoint)).toEqual(["no/rth"]);
  expect(updatable(models, services, { model: "Nobody's" })).toEqual([]);
});

test("the default endpoint of a published model takes models itself", () => {
  expect(updatable(models, services, { model: "Digits" }).map(({ service, endpoint }) => [service, endpoint])).toEqual([["s3", "default"]]);
});
