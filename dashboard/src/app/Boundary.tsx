import { Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter } from '@patternfly/react-core';
import { Component, type ReactNode } from 'react';

import { words } from '~/words/words';

interface Props {
  /** Where one is: another place is another try. */
  at: string;
  children: ReactNode;
}

/** Boundary keeps what surrounds a page when the page can't be shown: a part that didn't load, or a mistake of ours. */
export class Boundary extends Component<Props, { broken?: string }> {
  override state: { broken?: string } = {};

  static getDerivedStateFromError(error: unknown) {
    return { broken: error instanceof Error ? error.message : String(error) };
  }

  override componentDidUpdate(before: Props) {
    if (before.at !== this.props.at && this.state.broken !== undefined) this.setState({ broken: undefined as never });
  }

  override render() {
    if (this.state.broken === undefined) return this.props.children;
    return (
      <EmptyState titleText={words.pages.broken} headingLevel="h1" status="danger">
        <EmptyStateBody>{words.pages.brokenText(this.state.broken)}</EmptyStateBody>
        <EmptyStateFooter>
          <EmptyStateActions>
            <Button onClick={() => window.location.reload()}>{words.pages.reload}</Button>
          </EmptyStateActions>
        </EmptyStateFooter>
      </EmptyState>
    );
  }
}
