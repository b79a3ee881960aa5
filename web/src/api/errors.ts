/** What can go wrong between the Studio and the app, in the app's words. */

interface Detail {
  code?: string;
  message?: string;
  target?: string;
  number?: string;
}

/** The app refused a request. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    /** The classic group code, such as `BadArgument`. */
    readonly code: string,
    message: string,
    readonly details: readonly Detail[] = [],
    readonly requestId?: string,
    /** Seconds after which the app asks to be tried again. */
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** The app does not answer. */
export class OfflineError extends Error {
  constructor() {
    super("The app does not answer.");
    this.name = "OfflineError";
  }
}

/** Read the error that a response carries; bodies that are not the app's own give a sentence about the status. */
export function readError(status: number, body: string, headers: Headers): ApiError {
  const id = headers.get("x-ms-request-id") ?? undefined;
  const wait = Number(headers.get("retry-after")) || undefined;
  try {
    const { code, message, details } = (JSON.parse(body) as { error: ApiError }).error;
    return new ApiError(status, code, message, details, id, wait);
  } catch {
    return new ApiError(status, String(status), `The app answered with status ${status}.`, [], id, wait);
  }
}

export interface Explanation {
  sentence: string;
  remedy: string;
  /** Further sentences, if several things are wrong. */
  details: string[];
  number: string;
}

const REMEDIES: Record<number, string> = {
  401: "Sign in again with a new link.",
  403: "This token may not do that; ask whoever runs the app.",
  409: "Look at how it stands now, then try again.",
  412: "Somebody changed it meanwhile. What you typed is kept; look at the other version, then save again.",
  413: "Take a smaller file, or upload it to storage and name it there.",
  429: "Try again in a moment.",
  503: "It is tried again by itself in a moment.",
};

/** What to show for any error: the API's sentence, what to do, its number. */
export function explain(error: unknown): Explanation {
  if (error instanceof OfflineError) {
    return { sentence: error.message, remedy: "What you typed is kept here; do it again once it answers.", details: [], number: "" };
  }
  if (error instanceof ApiError) {
    const [first, ...others] = error.details;
    const code = [error.status, first?.code ?? error.code, first?.number].filter(Boolean).join(" · ");
    return {
      sentence: error.message,
      remedy: REMEDIES[error.status] ?? "",
      details: others.map((detail) => detail.message ?? detail.code ?? ""),
      number: code,
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { sentence: `The page failed: ${message}`, remedy: "Reload it; if it fails again, report it.", details: [], number: "" };
}
