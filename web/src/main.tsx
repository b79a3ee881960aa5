import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { takeLink } from "./shell/session";
import { Studio } from "./shell/Studio";
import { applyTheme } from "./shell/theme";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/parts.css";

applyTheme();
takeLink();
// A link may be pasted into a tab that is open: then only the fragment changes.
addEventListener("hashchange", takeLink);

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element with the id 'root'.");
createRoot(root).render(
  <StrictMode>
    <Studio />
  </StrictMode>,
);
