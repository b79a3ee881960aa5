/** Where events and who is told of them are. */

import type { components } from "../../api/schema";

export type Subscription = components["schemas"]["Subscription"];
export type NewSubscription = components["schemas"]["NewSubscription"];
export type DeadLetter = components["schemas"]["DeadLetter"];

export const EVENTS = "/workspaces/{workspace}/events";
export const SUBSCRIPTIONS = "/workspaces/{workspace}/subscriptions";
export const SUBSCRIPTION = `${SUBSCRIPTIONS}/{subscriber}`;
