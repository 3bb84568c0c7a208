import type { FastifyBaseLogger } from 'fastify';
import { FastifyPluginCallback } from 'fastify';
import { FastifyTypeProviderDefault } from 'fastify';
import { RawServerDefault } from 'fastify';

/** The content of a verified access token. */
export declare interface AccessToken {
    /** The id of the user, or of the client for a client's own token. */
    sub: string;
    /** The name of the user (`preferred_username`); `undefined` for a client's own token. */
    username: string | undefined;
    /** The client that the token was issued to. */
    clientId: string;
    scopes: string[];
    /** The login that the token belongs to; always set in tokens of Sallyport. */
    sessionId: string | undefined;
    /** The authentication context class of the login, `aal1` or `aal2`; `undefined` for a client's own token. */
    acr: string | undefined;
    /** The methods of the login (RFC 8176 §2); `undefined` for a client's own token. */
    amr: string[] | undefined;
    /** When the user last authenticated; `undefined` for a client's own token. */
    authTime: Date | undefined;
    issuedAt: Date;
    expiresAt: Date;
    /** Every claim, unchanged from the token or, with introspection, every member of the response. */
    claims: Record<string, unknown>;
}

/** One of `acrs`, which NIST SP 800-63B-4 §2 defines. */
export declare type Acr = (typeof acrs)[number];

/** The authentication context classes of logins, the weakest first: `aal2` has two factors. */
declare const acrs: readonly ["aal1", "aal2"];

/**
 * The error with which `requireScope` rejects a request. The message is public, `cause` is for the log. `headers` has
 * the `WWW-Authenticate` of RFC 6750 §3, or the `Retry-After` of a 503, and is set on the reply before this is thrown.
 */
export declare class BearerError extends Error {
    name: string;
    readonly statusCode: number;
    readonly code: BearerErrorCode;
    readonly headers: Record<string, string>;
    constructor(statusCode: number, code: BearerErrorCode, message: string, { headers, cause }: {
        headers: Record<string, string>;
        cause?: unknown;
    });
}

/** The error codes of RFC 6750 §3.1 and RFC 9470 §3, and two more: for a missing token, and an unreachable issuer. */
export declare type BearerErrorCode = 'missing_token' | 'invalid_request' | 'invalid_token' | 'insufficient_scope' | 'insufficient_user_authentication' | 'temporarily_unavailable';

declare const _default: FastifyPluginCallback<VerifierOptions, RawServerDefault, FastifyTypeProviderDefault, FastifyBaseLogger>;
export default _default;

/** An `onRequest` hook. It reads only this part of a request, so it fits every kind of Fastify server. */
export declare type RequireScopeHook = (request: {
    headers: {
        authorization?: string | undefined;
    };
    log: Pick<FastifyBaseLogger, 'error'>;
    accessToken: AccessToken;
}, reply: {
    headers(values: Record<string, string>): unknown;
}) => Promise<void>;

/** What a route asks of the login behind an access token (RFC 9470 §3): at least one member. */
export declare interface StepUp {
    /** The least class of the login; `aal2` for a login with two factors. */
    acr?: Acr;
    /** How long ago the user may have authenticated, in seconds; a whole number from 1. */
    maxAge?: number;
}

/** The options of the verifier. */
export declare interface VerifierOptions {
    /** The `iss` of the tokens, Sallyport's `ISSUER`. Its metadata is fetched from there (RFC 8414). */
    issuer: string;
    /** The value that the `aud` of a token must contain: Sallyport's `AUDIENCE`, which defaults to the issuer. */
    audience: string;
    /** How far the clocks of issuer and API may differ, in seconds from 0 to 300; defaults to 10. */
    leeway?: number | undefined;
    /**
     * How long keys stay valid after they are due for renewal while the issuer cannot be reached, in seconds from 0 to
     * 86400; defaults to 3600. For that time, a retired key may still be accepted. Not with `introspect`.
     */
    staleKeys?: number | undefined;
    /** Asks the issuer about each token (RFC 7662) as this confidential client, which needs the scope `introspect`. */
    introspect?: {
        clientId: string;
        clientSecret: string;
    } | undefined;
    /** The clock; for tests. */
    now?: (() => Date) | undefined;
}

export { }
