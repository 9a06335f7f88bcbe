import { Component, type ReactNode } from 'react';
import { Fault } from '../parts/fault.tsx';

/** A page that fails says so in its place; the rest of the console goes on. */
export class PageBoundary extends Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <Fault error={error} title="This page failed" onRetry={() => location.reload()} />;
  }
}
