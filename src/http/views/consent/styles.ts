// The styles that only the consent page needs. They are part of the one stylesheet (../stylesheet.ts). Its buttons must be in
// the first screen of a phone, so sizes and gaps are small.

export const CONSENT_STYLES = `
.consent { padding: clamp(1.125rem, 4vw, 1.75rem) clamp(1.125rem, 5vw, 2.25rem); }
.consent h1 { margin-bottom: 0.875rem; font-size: clamp(1.1875rem, 5vw, 1.5rem); line-height: 1.3; }
.consent h2 { color: var(--ink); font-size: 0.9375rem; }
.standing, .mark {
  display: inline-block;
  padding: 0 0.5rem;
  border: 1px solid var(--edge);
  border-radius: 1rem;
  color: var(--muted);
  font-size: 0.8125rem;
  font-weight: 500;
  letter-spacing: 0;
  line-height: 1.45;
}
.standing { vertical-align: 0.125em; }
.mark.write, .mark.delete { border-color: var(--caution-line); background: var(--caution-fill); color: var(--caution-ink); }
.mark.delete { font-weight: 700; }
.permissions + .permissions { margin-top: 0.625rem; }
.permissions ul { margin-top: 0.125rem; }
.permissions li + li { margin-top: 0.0625rem; }
.consent .earlier, .consent .next { margin-top: 0.75rem; }
.consent .caution { margin: 0.625rem 0 0; padding: 0.5rem 0.75rem; }
.consent .decision { display: grid; grid-template-columns: 1fr 1fr; margin-top: 1rem; }
.fineprint { margin-top: 1rem; color: var(--muted); font-size: 0.875rem; }
.fineprint a { color: inherit; }
.fineprint summary { width: fit-content; margin-top: 0.625rem; font-weight: 600; cursor: pointer; }
.fineprint dl { margin: 0.5rem 0 0; }
.fineprint dt { margin-top: 0.5rem; font-weight: 600; }
.fineprint dd { margin: 0; }
@media (max-width: 30rem) {
  .consent { font-size: 0.9375rem; }
  .consent .caution { font-size: 0.875rem; line-height: 1.4; }
}
`
