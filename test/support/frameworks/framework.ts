// The interface of an MCP server framework to the tests. Each framework has a file of its own in this folder, with
// the settings of docs/mcp-servers.md.

interface FrameworkOptions {
  readonly port: number
  readonly issuer: string
  /** The URL of the MCP server, and its entry in RESOURCES. */
  readonly resource: string
}

/** Starts a server with one tool, `whoami`, which returns `sub` and `client_id` as JSON. */
export type StartFramework = (options: FrameworkOptions) => Promise<{ close(): Promise<void> }>
