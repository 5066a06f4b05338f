// The styles of error pages and of the page at /. They are part of the one stylesheet (../stylesheet.ts).

export const PROBLEM_STYLES = `
.steps + .actions { margin-top: 1.5rem; }
.lead + p + .actions, .lead + .actions { margin-top: 1.25rem; }
.more { margin-top: 1.25rem; padding-top: 0.75rem; border-top: 1px solid var(--line); }
.more + .more { margin-top: 0.75rem; }
.more > summary { min-height: 1.75rem; color: var(--muted); font-size: 0.875rem; font-weight: 600; cursor: pointer; }
.more > :not(summary) { margin-top: 0.5rem; }
.facts { margin: 0; }
.facts div + div { margin-top: 0.625rem; }
.facts dt { color: var(--muted); font-size: 0.8125rem; }
.facts dd { margin: 0; font-size: 0.9375rem; }
.facts p + p { margin-top: 0.125rem; }
.support {
  margin-bottom: 0;
  padding: 0.75rem 0.875rem;
  border: 1px solid var(--line);
  border-radius: 0.5rem;
  background: var(--page);
  font: 0.8125rem/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, 'Liberation Mono', monospace;
  white-space: pre-wrap;
  -webkit-user-select: all;
  user-select: all;
}
`
