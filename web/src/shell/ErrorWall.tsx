import { Component, type ReactNode } from "react";
import { Button } from "../parts/Button";
import { ErrorMessage } from "../parts/Message";

interface ErrorWallProps {
  /** The page's address: another one tries again. */
  path: string;
  children: ReactNode;
}

/** Where a page fails, the rest of the Studio stays, and the page says what to do. */
export class ErrorWall extends Component<ErrorWallProps, { error?: unknown; path: string }> {
  override state: { error?: unknown; path: string } = { path: this.props.path };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  static getDerivedStateFromProps({ path }: ErrorWallProps, state: { path: string }) {
    return path === state.path ? null : { error: undefined, path };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return (
      <div className="page">
        <h1>This page failed</h1>
        <ErrorMessage error={this.state.error}>
          <Button size="s" icon="renew" onClick={() => location.reload()}>
            Reload the page
          </Button>
        </ErrorMessage>
      </div>
    );
  }
}
