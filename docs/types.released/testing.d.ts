import { Static } from '@sinclair/typebox';
import { TArray } from '@sinclair/typebox';
import { TBoolean } from '@sinclair/typebox';
import { TInteger } from '@sinclair/typebox';
import { TLiteral } from '@sinclair/typebox';
import { TObject } from '@sinclair/typebox';
import { TOptional } from '@sinclair/typebox';
import { TString } from '@sinclair/typebox';
import { TUnion } from '@sinclair/typebox';
import { TUnsafe } from '@sinclair/typebox';

/**
 * Access tokens that an API must reject. Each differs from the user's in one respect, and every access creates a new
 * one for the current time of Sallyport's clock. All cause a 401 `invalid_token` except `withoutScope`.
 */
export declare interface BadTokens {
    /** Expired an hour ago, by Sallyport's clock and by the machine's. */
    readonly expired: string;
    /** Valid from an hour from now (`nbf`), by Sallyport's clock and by the machine's. */
    readonly notYetValid: string;
    /** For another API (`aud`). */
    readonly wrongAudience: string;
    /** From another issuer (`iss`). */
    readonly wrongIssuer: string;
    /** Not an access token: its `typ` is `JWT` (RFC 9068 §4). */
    readonly wrongType: string;
    /** Signed by a key that Sallyport does not publish. */
    readonly foreign: string;
    /** Signed by another key, under the `kid` of Sallyport's. */
    readonly forged: string;
    /** Signed with the public key as an HMAC secret: HS256 (RFC 8725 §2.1). */
    readonly symmetric: string;
    /** Without a signature: `alg` is `none` (RFC 8725 §2.1). */
    readonly unsigned: string;
    /** Valid, but without any scope that an API requires: a 403 `insufficient_scope` (RFC 6750 §3.1). */
    readonly withoutScope: string;
}

/** The checked settings; times are in seconds. */
declare type Config = Static<typeof ConfigSchema>;

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
declare interface Extensions {
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

/** Settings of a process of its own, which do not apply here. */
declare const fixedSettings: ["host", "port", "workers", "drainDelay", "metricsPort", "metricsHost", "otelExporterOtlpEndpoint"];

/** A login or a refresh for which an access token is about to be signed. */
declare interface Grant {
    /** `null` when a client acts for itself. */
    user: User | null;
    client_id: string;
    scope: string[];
}

/** The settings of a program that embeds the server; a setting that is absent or `undefined` has its default. */
declare type Settings = {
    [Name in keyof Config]?: Config[Name] | undefined;
};

/**
 * Starts a Sallyport server in memory with a logged-in user, to test software that accepts its tokens. It hashes
 * passwords at the lowest cost, so do not use it in production. Throws a ConfigError when the settings are invalid, and
 * a Problem when the account is; nothing stays open then.
 */
export declare function startSallyport(options?: TestOptions): Promise<TestSallyport>;

/** The clock of a test server. It shows the machine's time until it is changed, and keeps running. */
export declare interface TestClock {
    /** Sallyport's current time. */
    now: () => Date;
    /** Moves the clock forward by `seconds`. Throws a TypeError for anything but a number. */
    advance: (seconds: number) => void;
    /**
     * Sets the time; a string is ISO 8601. Throws a TypeError for an invalid time.
     */
    set: (time: Date | string) => void;
}

/** The options of a test server: the user to log in, and the settings. Every member has a default. */
export declare interface TestOptions {
    /** Defaults to `alice`. */
    username?: string | undefined;
    /** The password of `user`, and of every other account that is created without one. */
    password?: string | undefined;
    /**
     * The scopes of the user and of its tokens, at least one. Defaults to the `defaultScopes` of the settings, `me`. Any
     * name is allowed.
     */
    scopes?: string[] | undefined;
    /** Adds your own claims to access tokens, like the option of the plugin. */
    claims?: Extensions['claims'];
    /** The settings of the server, by their names in camel case: `{ audience: 'https://api.example.com' }`. */
    settings?: Omit<Settings, (typeof fixedSettings)[number]> | undefined;
}

/** A Sallyport server for one test, and everything that the test needs from it. */
export declare interface TestSallyport extends TestTokens, AsyncDisposable {
    /** The URL of the server, with a port of its own. */
    url: string;
    /** The `iss` of its tokens. Defaults to the URL; the settings can name another. */
    issuer: string;
    /**
     * In the `aud` of its tokens. Defaults to the issuer; the settings can name another, which is added to the issuer.
     */
    audience: string;
    /** The user that the tokens belong to. */
    user: TestUser;
    /** Access tokens that must be refused. */
    badTokens: BadTokens;
    clock: TestClock;
    /**
     * Creates another account, by default with the password of `user` and the `defaultScopes`. Rejects when a value is
     * invalid.
     */
    createUser(account: {
        username: string;
        password?: string | undefined;
        scopes?: string[] | undefined;
    }): Promise<TestUser>;
    /** Logs in, by default as `user`. Rejects when the login is refused. */
    login(as?: {
        username?: string | undefined;
        password?: string | undefined;
        /** Defaults to all scopes of `user`; for another user, to those that need not be named. */
        scope?: string | undefined;
        /** The API that the token is for, one of `resources` in the settings. Defaults to the issuer and the audience. */
        resource?: string | undefined;
    }): Promise<TestTokens>;
    /** Closes the server and all connections to it. A second call does nothing. */
    close(): Promise<void>;
}

/** The tokens of a login. */
export declare interface TestTokens {
    /** The access token. */
    token: string;
    refreshToken: string;
    /** The granted scopes, separated by spaces. */
    scope: string;
}

/** An account and its password. */
export declare interface TestUser {
    /** The `sub` of its access tokens. */
    id: string;
    username: string;
    password: string;
    /** The scopes that it may be granted. */
    scopes: string[];
}

/** A user as the API returns it, without the password hash. Times are ISO 8601 in UTC. */
declare type User = User_2;

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
