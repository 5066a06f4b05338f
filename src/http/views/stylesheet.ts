// The stylesheet of all pages. Its path changes with its text, so it can be cached for ever.

import { createHash } from 'node:crypto'
import type { AccentColours } from '../../config/accent.ts'
import { assetPath } from '../routes.ts'
import { ACCOUNT_STYLES } from './account/styles.ts'
import { CONSENT_STYLES } from './consent/styles.ts'
import { PROBLEM_STYLES } from './problems/styles.ts'

const BASE = `:root {
  color-scheme: light dark;
  --accent: #0b5f5a;
  --accent-strong: #084743;
  --on-accent: #ffffff;
  --page: #e9eeec;
  --card: #ffffff;
  --ink: #15211f;
  --muted: #4f5e5b;
  --line: #d3dcd9;
  --edge: #73827e;
  --hover: #edf3f1;
  --caution-ink: #5c3b00;
  --caution-fill: #fff4d9;
  --caution-line: #b27300;
}
@media (prefers-color-scheme: dark) {
  :root {
    --accent: #7ed6c8;
    --accent-strong: #a5e6dc;
    --on-accent: #06221f;
    --page: #0d1413;
    --card: #16201e;
    --ink: #e8efed;
    --muted: #a7b6b2;
    --line: #2d3b38;
    --edge: #768984;
    --hover: #20302d;
    --caution-ink: #ffdf9e;
    --caution-fill: #33270b;
    --caution-line: #d39a2b;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0;
  min-height: 100vh;
  display: grid;
  align-content: center;
  justify-content: center;
  grid-template-columns: minmax(0, 35rem);
  padding: clamp(0.75rem, 4vw, 3rem) clamp(0.75rem, 4vw, 2rem);
  background: var(--page);
  color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
  overflow-wrap: anywhere;
}
.card {
  padding: clamp(1.25rem, 5vw, 2.5rem);
  background: linear-gradient(var(--accent) 0 0.25rem, var(--card) 0.25rem);
  border: 1px solid var(--line);
  border-radius: 0.875rem;
  box-shadow: 0 1px 2px rgb(0 0 0 / 6%), 0 12px 32px -12px rgb(0 0 0 / 18%);
}
h1, h2, p, ul { margin: 0; }
h1 {
  margin-bottom: 1.5rem;
  font-size: clamp(1.375rem, 5vw, 1.75rem);
  line-height: 1.25;
  letter-spacing: -0.015em;
  text-wrap: balance;
}
h2 { color: var(--muted); font-size: 0.875rem; font-weight: 600; }
p + p { margin-top: 0.375rem; }
ul { margin-top: 0.5rem; padding-inline-start: 1.125rem; }
ul + p { margin-top: 0.5rem; }
li + li { margin-top: 0.25rem; }
li::marker, li a { color: var(--accent); }
/* Japanese has no spaces: a line of a heading ends between phrases, not within a word. */
:lang(ja) :is(h1, h2, .button) { word-break: auto-phrase; }
code, .address { font-family: ui-monospace, 'SF Mono', Menlo, Consolas, 'Liberation Mono', monospace; font-size: 0.9375em; }
.lead:not(:last-child) { margin-bottom: 1.5rem; }
.fine { color: var(--muted); font-size: 0.875rem; }
.footnote { margin-top: 1.25rem; color: var(--muted); font-size: 0.875rem; }

.brand { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 0.75rem; padding: 0 0.25rem 0.875rem; font-weight: 600; }
.account { display: flex; flex-wrap: wrap; gap: 0 0.75rem; margin-inline-start: auto; font-size: 0.875rem; font-weight: 400; }
.account a { color: inherit; white-space: nowrap; }
.brand img { display: block; width: auto; max-width: 12rem; height: 2.25rem; object-fit: contain; }
.links { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; padding: 0.875rem 0.25rem 0; font-size: 0.875rem; }
.links a { display: inline-block; padding: 0.25rem 0; color: inherit; }

.caution {
  margin: 0.625rem 0;
  padding: 0.75rem 0.875rem;
  border: 1px solid var(--caution-line);
  border-inline-start-width: 4px;
  border-radius: 0.5rem;
  background: var(--caution-fill);
  color: var(--caution-ink);
}

/* The forms have no box of their own, so that their buttons share one row in reading order. */
.actions { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-top: 0.5rem; }
ul + .actions { margin-top: 1.5rem; }
.actions form { display: contents; }
.button {
  flex: 1 1 12rem;
  min-height: 3rem;
  padding: 0.6875rem 1.25rem;
  border: 1px solid var(--edge);
  border-radius: 0.625rem;
  background: transparent;
  color: var(--ink);
  font: inherit;
  font-weight: 600;
  text-align: center;
  text-decoration: none;
  cursor: pointer;
}
.button:hover { background: var(--hover); }
.primary { flex-basis: 100%; background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.primary:hover { background: var(--accent-strong); border-color: var(--accent-strong); }
/*
 * An invisible cover takes the clicks of the first moments after the page appears or the pointer enters it: they were
 * meant for the window that was there before (docs/adr/0021-windows-that-opened-a-page.md).
 */
@media (hover: hover) {
  .decision { position: relative; }
  .decision::after { content: ''; position: absolute; inset: 0; visibility: hidden; animation: page-appeared 800ms; }
  :root:hover .decision::after { animation-name: pointer-entered; }
  @keyframes page-appeared { from, to { visibility: visible; } }
  @keyframes pointer-entered { from, to { visibility: visible; } }
}
/* Forced colours take all backgrounds away: the primary button stays the other way round. */
@media (forced-colors: active) {
  .primary, .primary:hover { forced-color-adjust: none; background: ButtonText; border-color: ButtonText; color: ButtonFace; }
}
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
@media (prefers-reduced-motion: no-preference) {
  .button { transition: background-color 120ms ease-out; }
}
${ACCOUNT_STYLES}${CONSENT_STYLES}${PROBLEM_STYLES}`

export interface Stylesheet {
  readonly text: string
  readonly path: string
}

/** @param accent replaces our accent colour */
export function createStylesheet(accent?: AccentColours): Stylesheet {
  const text = accent === undefined ? BASE : BASE + overrideAccent(accent)
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 12)
  return { text, path: assetPath(`style-${digest}.css`) }
}

function overrideAccent({ light, dark }: AccentColours): string {
  const root = ({ accent, accentStrong, onAccent }: AccentColours['light']) =>
    `:root { --accent: ${accent}; --accent-strong: ${accentStrong}; --on-accent: ${onAccent}; }`
  return `${root(light)}\n@media (prefers-color-scheme: dark) { ${root(dark)} }\n`
}
