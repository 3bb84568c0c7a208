import { FastifyInstance } from 'fastify';
import { FastifyPluginAsync } from 'fastify';
import { FastifyServerOptions } from 'fastify';
import { Static } from '@sinclair/typebox';
import { TArray } from '@sinclair/typebox';
import { TBoolean } from '@sinclair/typebox';
import { TInteger } from '@sinclair/typebox';
import { TLiteral } from '@sinclair/typebox';
import { TObject } from '@sinclair/typebox';
import { TObject as TObject_2 } from '@fastify/type-provider-typebox';
import { TOptional } from '@sinclair/typebox';
import { TOptional as TOptional_2 } from '@fastify/type-provider-typebox';
import { TString } from '@sinclair/typebox';
import { TString as TString_2 } from '@fastify/type-provider-typebox';
import { TUnion } from '@sinclair/typebox';
import { TUnsafe } from '@sinclair/typebox';
import { TUnsafe as TUnsafe_2 } from '@fastify/type-provider-typebox';

/** The claims of an access token (RFC 9068 §2.2), and `sid`, the id of its session. Times are seconds. */
export declare interface AccessTokenClaims {
    iss: string;
    aud: string | string[];
    sub: string;
    client_id: string;
    iat: number;
    exp: number;
    nbf?: number;
    jti: string;
    scope: string;
    /** How the user authenticated: `aal1`, or `aal2` with two factors. A client's own token has none of these three. */
    acr?: string;
    /** The methods (RFC 8176 §2). */
    amr?: string[];
    /** When the last method was used. */
    auth_time?: number;
    /** The username of the user (OIDC Core §5.1); a client's own token has none. */
    preferred_username?: string;
    sid: string;
    /** Claims that `Extensions.claims` adds. */
    [name: string]: unknown;
}

/** One of `acrs`, which NIST SP 800-63B-4 §2 defines. */
export declare type Acr = (typeof acrs)[number];

/** The authentication context classes of logins, the weakest first: `aal2` has two factors. */
declare const acrs: readonly ["aal1", "aal2"];

declare interface Answer {
    /** HTTP status. */
    status?: number;
    headers?: Record<string, string>;
    /** Logged, never sent to the client. */
    cause?: unknown;
}

/** The caller of a request. */
export declare interface Auth {
    /** `null` for the client_credentials grant. */
    user: User | null;
    client_id: string;
    session_id: string;
    /** The scopes that the token grants and the user still has. */
    scopes: string[];
    claims: AccessTokenClaims;
}

/** An `onRequest` hook. It reads only this part of a request, so it fits every kind of Fastify server. */
export declare type AuthenticateHook = (request: {
    headers: {
        authorization?: string | undefined;
    };
    auth: Auth;
}, reply: {
    headers(values: Record<string, string>): unknown;
}) => Promise<void>;

/**
 * Builds a Fastify server with the service, ready but not listening. `before` is registered first, for example the
 * plugin that `startTracing` returns. Logs a warning for each insecure setting. Rejects when the server cannot start.
 */
export declare function build(options: ServiceOptions, { logger, before, ...server }?: FastifyServerOptions & {
    before?: FastifyPluginAsync | undefined;
}): Promise<FastifyInstance>;

/** The checked settings; times are in seconds. */
export declare type Config = Static<typeof ConfigSchema>;

/** Thrown when the service cannot start with its settings. The message lists every problem, one per line. */
export declare class ConfigError extends Error {
    name: string;
    readonly problems: string[];
    constructor(problems: string[]);
}

/**
 * Checks the `options` of a program that embeds the server, with the same schema and defaults as the environment.
 * Throws a ConfigError that names all problems.
 */
export declare const configFrom: (options: Settings) => Config;

/** Every setting: its type, bounds, default and purpose. The environment variable is the name in UPPER_CASE. */
declare const ConfigSchema: TObject<    {
host: TString;
port: TInteger;
databaseUrl: TString;
migrationDatabaseUrl: TOptional<TString>;
secret: TString;
issuer: TString;
audience: TString;
resources: TArray<TString>;
signingAlg: TUnion<[TLiteral<"ES256">, TLiteral<"RS256">, TLiteral<"EdDSA">]>;
keyRotation: TInteger;
jwksMaxAge: TInteger;
accessTokenTtl: TInteger;
refreshTokenTtl: TInteger;
sessionTtl: TInteger;
refreshGrace: TInteger;
maxSessionsPerUser: TInteger;
bcryptCost: TInteger;
hashConcurrency: TInteger;
hashQueue: TInteger;
hashMaxWait: TInteger;
passwordMinLength: TInteger;
secondFactor: TUnion<[TLiteral<"off">, TLiteral<"optional">, TLiteral<"required">]>;
adminSecondFactor: TUnion<[TLiteral<"optional">, TLiteral<"required">]>;
rpId: TOptional<TString>;
rpOrigins: TArray<TString>;
androidApps: TArray<TString>;
appleApps: TArray<TString>;
registration: TUnion<[TLiteral<"open">, TLiteral<"closed">]>;
console: TUnion<[TLiteral<"on">, TLiteral<"off">]>;
setupLink: TUnion<[TLiteral<"terminal">, TLiteral<"log">]>;
scopes: TArray<TString>;
defaultScopes: TArray<TString>;
registrationLimit: TInteger;
loginLimit: TInteger;
refreshLimit: TInteger;
firstPartyClient: TUnion<[TLiteral<"on">, TLiteral<"off">]>;
trustProxy: TArray<TString>;
corsOrigins: TArray<TString>;
smtpUrl: TOptional<TString>;
mailFrom: TString;
loginNotice: TUnion<[TLiteral<"on">, TLiteral<"off">]>;
insecure: TUnion<[TLiteral<"refuse">, TLiteral<"allow">]>;
auditRetention: TInteger;
workers: TInteger;
maxConnections: TInteger;
drainDelay: TInteger;
databaseWait: TInteger;
metricsPort: TInteger;
metricsHost: TString;
otelExporterOtlpEndpoint: TOptional<TString>;
logLevel: TUnion<TLiteral<string>[]>;
}>;

/** Hooks of the program that embeds Sallyport. */
export declare interface Extensions {
    /**
     * Adds claims to access tokens, such as `tenant` or `roles`. Also called at each refresh. An error that it throws, or
     * a reserved claim that it returns, becomes a 500.
     */
    claims?: ((grant: Grant) => Record<string, unknown> | Promise<Record<string, unknown>>) | undefined;
    /** Runs after an account is created, before the response. Errors are logged; the account stays. */
    onUserCreated?: ((user: User) => unknown) | undefined;
    /** Runs after each login of a user, before the response, but not at a refresh. Errors are logged. */
    onLogin?: ((login: Grant & {
        user: User;
        ip: string | null;
    }) => unknown) | undefined;
}

/** A login or a refresh for which an access token is about to be signed. */
export declare interface Grant {
    /** `null` when a client acts for itself. */
    user: User | null;
    client_id: string;
    scope: string[];
}

/**
 * Reads the settings from `env` and from the file `.env` in `folder`, or `envFile` in its place, which must exist then.
 * A variable with the prefix `SALLYPORT_` wins over one without, and then the environment wins over the file. Without
 * SECRET, a SQLite database keeps its secret in a file, which the first call creates. Throws a ConfigError that names
 * all problems.
 */
export declare const loadConfig: (env?: Record<string, string | undefined>, folder?: string, envFile?: string) => Config;

/**
 * Why a new password is rejected: its length, its characters, a common password (`common`), or a name of the user or
 * the service in it (`context`).
 */
declare type PasswordReason = 'length' | 'characters' | 'common' | 'context';

/**
 * An error response of any other endpoint: `application/problem+json` (RFC 9457). `message` becomes `detail` and is
 * public text.
 */
export declare class Problem extends Error {
    name: string;
    readonly status: number;
    readonly headers: Record<string, string>;
    /** The problems of individual members; empty when the error is not about members. */
    readonly errors: ProblemDetail[];
    constructor(status: number, detail: string, { headers, cause, errors }?: Omit<Answer, 'status'> & {
        errors?: ProblemDetail[];
    });
    /** Fastify's name for `status`, for the error handlers of apps that embed Sallyport. */
    get statusCode(): number;
}

/** One problem of a request: a JSON Pointer (RFC 6901) into the body, and a description. */
declare interface ProblemDetail {
    pointer: string;
    detail: string;
    /** A machine-readable reason, for new passwords. */
    reason?: PasswordReason;
}

/** The fields for a new account. `scopes` are the scopes that an operator grants at creation. */
export declare interface Registration extends Registration_2 {
    scopes?: string[];
}

declare type Registration_2 = Static<typeof Registration_3>;

declare type Registration_2 = Static<typeof Registration_3>;

declare const Registration_3: TObject_2<    {
email: TOptional_2<TUnsafe_2<string | null>>;
full_name: TOptional_2<TUnsafe_2<string | null>>;
username: TString_2;
password: TString_2;
}>;

/** The scopes that a route requires, and after them what it asks of the login. */
declare type Requirements = string[] | [...scopes: string[], stepUp: StepUp];

/** The interface for the app's own code. */
export declare interface Sallyport {
    /**
     * A hook that accepts requests whose access token is for `audience` of the options, by default the issuer, and has
     * all of the scopes. It sets `request.auth` to the caller. A last argument such as `{ acr: 'aal2', maxAge: 300 }`
     * asks for a strong or recent login too (RFC 9470), which a client that acts for itself does not have. Throws when an
     * argument is neither a scope of RFC 6749 §3.3 nor, as the last one, a StepUp.
     */
    requireScope(...requirements: Requirements): AuthenticateHook;
    /**
     * The caller that an access token for `audience` of the options represents; `undefined` when the token is missing,
     * invalid, expired, revoked or for another API.
     */
    authenticate(token: string | undefined): Promise<Auth | undefined>;
    /** Creates an account by the rules of `POST /users`, even when `registration` is closed. Throws a Problem. */
    createUser(registration: Registration): Promise<User>;
    /** The user with this id or username. Throws a Problem with status 404. */
    findUser(idOrUsername: string): Promise<User>;
}

/** The plugin: `await app.register(sallyport, { prefix: '/auth', issuer: 'https://example.com/auth' })`. */
declare const sallyport: FastifyPluginAsync<SallyportOptions>;
export default sallyport;
export { sallyport }

/** The settings as members: `accessTokenTtl` is `ACCESS_TOKEN_TTL`. */
export declare type SallyportOptions = Omit<Settings, (typeof serverSettings)[number]> & Extensions & {
    /** The prefix of every path, such as `/auth`; `issuer` should be the public URL of this prefix. */
    prefix?: string;
    /** The clock. */
    now?: (() => Date) | undefined;
};

/** Settings that do not apply, because another app listens. */
declare const serverSettings: ["host", "port", "setupLink", "workers", "maxConnections", "drainDelay", "trustProxy", "metricsPort", "metricsHost", "otelExporterOtlpEndpoint", "logLevel"];

/**
 * The options of the service: checked settings, the hooks of an embedding program, and the clock, which tests replace.
 */
export declare interface ServiceOptions extends Extensions {
    config: Config;
    now?: (() => Date) | undefined;
}

/** The settings of a program that embeds the server; a setting that is absent or `undefined` has its default. */
declare type Settings = {
    [Name in keyof Config]?: Config[Name] | undefined;
};

/** What a route asks of the login behind an access token (RFC 9470 §3): at least one member. */
export declare interface StepUp {
    /** The least class of the login; `aal2` for a login with two factors. */
    acr?: Acr;
    /** How long ago the user may have authenticated, in seconds; a whole number from 1. */
    maxAge?: number;
}

/** A user as the API returns it, without the password hash. Times are ISO 8601 in UTC. */
export declare type User = User_2;

declare type User_2 = Static<typeof User_2>;

declare const User_2: TObject<    {
id: TString;
username: TString;
email: TUnsafe<string | null>;
email_verified: TBoolean;
pending_email: TUnsafe<string | null>;
full_name: TUnsafe<string | null>;
disabled: TBoolean;
scopes: TArray<TString>;
created_at: TString;
updated_at: TString;
}>;

export { }
