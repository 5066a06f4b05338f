/** A command could not do what it was asked. The message says why, in one line. */
export class AdminError extends Error {}

/** The command line is invalid. The message says why. */
export class UsageError extends Error {}
