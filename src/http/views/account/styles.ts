// The styles that only the account page needs. They are part of the one stylesheet (../stylesheet.ts).

export const ACCOUNT_STYLES = `
.part { margin-top: 1.5rem; padding-top: 1.5rem; border-top: 1px solid var(--line); }
.part > h2 { margin-bottom: 0.5rem; color: var(--ink); font-size: 1.125rem; }
.part > .fine { margin-top: 1.25rem; }
.notice { margin-bottom: 1.5rem; padding: 0.75rem 0.875rem; border: 1px solid var(--accent); border-inline-start-width: 4px; border-radius: 0.5rem; }
.grants { padding: 0; list-style: none; }
.grant { padding: 1rem 1.125rem 1.125rem; border: 1px solid var(--line); border-radius: 0.625rem; }
.grant + .grant { margin-top: 0.75rem; }
.grant h3 { margin: 0 0 0.375rem; font-size: 1.0625rem; }
.grant ul + p { margin-top: 0.625rem; }
.grant .more { margin: 0 0 0.875rem; padding: 0; border: 0; }
.grant dl { display: flex; flex-wrap: wrap; gap: 0.5rem 1.25rem; margin: 0.875rem 0; }
.grant dt { color: var(--muted); font-size: 0.8125rem; }
.grant dd { margin: 0; font-size: 0.875rem; }
.small { min-height: 2.5rem; padding: 0.375rem 1rem; font-size: 0.9375rem; }
.all { margin-top: 1rem; }
.all summary { padding: 0.25rem 0; font-weight: 600; cursor: pointer; }
.all p { margin: 0.375rem 0 0.75rem; }
.part > .actions .button { flex-basis: 14rem; }
p + .actions { margin-top: 1.25rem; }
`
