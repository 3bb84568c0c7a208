CREATE TABLE `audit` (
	`seq` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`action` text NOT NULL,
	`actor` text,
	`subject` text,
	`client_id` text,
	`ip` text,
	`detail` text NOT NULL,
	`seal` integer
);
--> statement-breakpoint
CREATE INDEX `audit_at` ON `audit` (`at`,`seq`);--> statement-breakpoint
CREATE INDEX `audit_subject` ON `audit` (`subject`,`at`,`seq`);--> statement-breakpoint
CREATE INDEX `audit_seal` ON `audit` (`seal`,`seq`);--> statement-breakpoint
CREATE TABLE `clients` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`secret_hash` text,
	`grants` text NOT NULL,
	`scopes` text NOT NULL,
	`disabled` integer DEFAULT false NOT NULL,
	`login_epoch` integer DEFAULT 0 NOT NULL,
	`own_epoch` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `clients_name_unique` ON `clients` (`name`);--> statement-breakpoint
CREATE TABLE `keys` (
	`kid` text PRIMARY KEY NOT NULL,
	`generation` integer NOT NULL,
	`alg` text NOT NULL,
	`public_jwk` text NOT NULL,
	`private_sealed` text NOT NULL,
	`created_at` integer NOT NULL,
	`signs_at` integer NOT NULL,
	`expires_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `keys_generation_unique` ON `keys` (`generation`);--> statement-breakpoint
CREATE TABLE `known_prefixes` (
	`user_id` text NOT NULL,
	`prefix` text NOT NULL,
	`last_login_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `prefix`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `known_prefixes_login` ON `known_prefixes` (`last_login_at`);--> statement-breakpoint
CREATE TABLE `mail` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`user_id` text,
	`address` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`next_attempt_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `mail_due` ON `mail` (`next_attempt_at`,`id`);--> statement-breakpoint
CREATE TABLE `one_time_tokens` (
	`hash` text PRIMARY KEY NOT NULL,
	`purpose` text NOT NULL,
	`user_id` text NOT NULL,
	`state` text NOT NULL,
	`address` text,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `one_time_tokens_expiry` ON `one_time_tokens` (`expires_at`);--> statement-breakpoint
CREATE TABLE `passkeys` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`credential_id` text NOT NULL,
	`public_key` text NOT NULL,
	`counter` integer NOT NULL,
	`synced` integer NOT NULL,
	`backed_up` integer NOT NULL,
	`transports` text NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL,
	`last_used_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `passkeys_credential_id_unique` ON `passkeys` (`credential_id`);--> statement-breakpoint
CREATE INDEX `passkeys_user` ON `passkeys` (`user_id`);--> statement-breakpoint
CREATE TABLE `recovery_codes` (
	`hash` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`key_sealed` text,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `recovery_codes_user` ON `recovery_codes` (`user_id`);--> statement-breakpoint
CREATE TABLE `seals` (
	`number` integer PRIMARY KEY NOT NULL,
	`previous` text NOT NULL,
	`events` integer NOT NULL,
	`digest` text NOT NULL,
	`at` integer NOT NULL,
	`public_key` text NOT NULL,
	`signature` text NOT NULL,
	`pruned` text
);
--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text,
	`client_id` text NOT NULL,
	`client_epoch` integer,
	`scope` text NOT NULL,
	`counter` integer NOT NULL,
	`retried_counter` integer,
	`created_at` integer NOT NULL,
	`rotated_at` integer NOT NULL,
	`last_used_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`idle_expires_at` integer NOT NULL,
	`ends_on` integer NOT NULL,
	`revoked_at` integer,
	`ip` text,
	`last_ip` text,
	`user_agent` text,
	`amr` text,
	`auth_time` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `sessions_user` ON `sessions` (`user_id`,`revoked_at`,`created_at`);--> statement-breakpoint
CREATE INDEX `sessions_end` ON `sessions` (`ends_on`);--> statement-breakpoint
CREATE TABLE `setup_links` (
	`hash` text PRIMARY KEY NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `spent` (
	`id` text PRIMARY KEY NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `spent_expiry` ON `spent` (`expires_at`);--> statement-breakpoint
CREATE TABLE `throttle` (
	`key` text PRIMARY KEY NOT NULL,
	`clears_at` integer NOT NULL,
	`waits_until` integer NOT NULL,
	`forgiven_at` integer NOT NULL,
	`forgive_ms` integer NOT NULL,
	`free` integer NOT NULL,
	`most` integer NOT NULL,
	`longest_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `throttle_clears` ON `throttle` (`clears_at`);--> statement-breakpoint
CREATE TABLE `totp` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`secret_sealed` text NOT NULL,
	`created_at` integer NOT NULL,
	`confirmed_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `totp_user` ON `totp` (`user_id`);--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`username` text NOT NULL,
	`email` text,
	`email_verified` integer DEFAULT false NOT NULL,
	`pending_email` text,
	`full_name` text,
	`password_hash` text NOT NULL,
	`scopes` text NOT NULL,
	`disabled` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`last_login_at` integer,
	`second_factor_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_username_unique` ON `users` (`username`);--> statement-breakpoint
CREATE UNIQUE INDEX `users_verified_email` ON `users` (`email`) WHERE email_verified;
CREATE TABLE __drizzle_migrations (id INTEGER PRIMARY KEY, hash text NOT NULL, created_at numeric);
INSERT INTO "users" ("id","username","email","email_verified","pending_email","full_name","password_hash","scopes","disabled","created_at","updated_at","last_login_at","second_factor_at") VALUES ('01a22459-6da8-728c-8609-502078020986', 'alice', 'alice@example.com', 1, NULL, NULL, '$bcrypt-sha256$v=2,t=2b,r=4$QEiA7.wzmgiQGP9AOS18Vu$4fvRPn/qFFmJNb.NtwfSgKi7PMI7wIu', '["me"]', 0, 1769860800000, 1769860800000, 1769860800000, 1769860800000);
INSERT INTO "users" ("id","username","email","email_verified","pending_email","full_name","password_hash","scopes","disabled","created_at","updated_at","last_login_at","second_factor_at") VALUES ('01a22459-6eb0-7604-a24f-5fb8fc831fa1', 'bob', NULL, 0, NULL, NULL, '$bcrypt-sha256$v=2,t=2b,r=4$uElnLpjoOvAncBBtrd4heu$Arrnbkr6LssW3O8F8iVptvCMRK7ehSG', '["me"]', 0, 1769860860000, 1769860860000, 1769860860000, 1769860860000);
INSERT INTO "users" ("id","username","email","email_verified","pending_email","full_name","password_hash","scopes","disabled","created_at","updated_at","last_login_at","second_factor_at") VALUES ('01a22459-6fff-744b-a103-cc309997dc85', 'carol', NULL, 0, NULL, NULL, '$bcrypt-sha256$v=2,t=2b,r=4$fDqlP7AjUOLqeSl9GoxZUO$qqIfYuqmoenjkK/QKS.WvhQDv8pGGFy', '["me","orders:read"]', 0, 1769860860000, 1769860860000, 1769860860000, NULL);
INSERT INTO "clients" ("id","name","secret_hash","grants","scopes","disabled","login_epoch","own_epoch","created_at","updated_at") VALUES ('c_01a22459-6fbe-7529-9c47-09b221391c4f', 'Reports', 'dl_-G6wp5uC_4aH8CuYgq7SGM-AGkfD2vf4D25r4mmc', '["client_credentials"]', '["orders:read"]', 0, 0, 0, 1769860860000, 1769860860000);
INSERT INTO "__drizzle_migrations" ("id","hash","created_at") VALUES (1, 'f1a1ba3bdfa3c6f008f393bd040fd5b2cac34c19e6188c5ec9232cd46a5f1554', 1795905767146);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (1, 1769860800000, 'key.created', NULL, '_pAK2X0P2m89wdydRvzrNAUDgS4Jovdw0vxpOV2Tlc0', NULL, NULL, '{}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (2, 1769860800000, 'user.created', NULL, '01a22459-6da8-728c-8609-502078020986', NULL, NULL, '{"scopes":"me"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (3, 1769860800000, 'user.email_verified', NULL, NULL, NULL, NULL, '{}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (4, 1769860800000, 'login.succeeded', '01a22459-6da8-728c-8609-502078020986', '01a22459-6da8-728c-8609-502078020986', 'first-party', '127.0.0.1', '{"session":"01a22459-6dfb-762f-87a1-a691e9234031"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (5, 1769860800000, 'factor.added', '01a22459-6da8-728c-8609-502078020986', '01a22459-6da8-728c-8609-502078020986', NULL, '127.0.0.1', '{"type":"totp"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (6, 1769860860000, 'session.stepped_up', '01a22459-6da8-728c-8609-502078020986', '01a22459-6da8-728c-8609-502078020986', 'first-party', NULL, '{"session":"01a22459-6dfb-762f-87a1-a691e9234031","amr":"otp mfa"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (7, 1769860860000, 'user.created', NULL, '01a22459-6eb0-7604-a24f-5fb8fc831fa1', NULL, NULL, '{"scopes":"me"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (8, 1769860860000, 'login.succeeded', '01a22459-6eb0-7604-a24f-5fb8fc831fa1', '01a22459-6eb0-7604-a24f-5fb8fc831fa1', 'first-party', '192.0.2.1', '{"session":"01a22459-6eb2-70e6-a7c8-641cee582a2d"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (9, 1769860860000, 'factor.added', '01a22459-6eb0-7604-a24f-5fb8fc831fa1', '01a22459-6eb0-7604-a24f-5fb8fc831fa1', NULL, '192.0.2.1', '{"type":"passkey","id":"01a22459-6fb6-7750-b17a-552915d629ba"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (10, 1769860860000, 'client.created', '01a22459-6eb0-7604-a24f-5fb8fc831fa1', 'c_01a22459-6fbe-7529-9c47-09b221391c4f', NULL, '192.0.2.1', '{"name":"Reports"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (11, 1769860860000, 'login.failed', NULL, '01a22459-6eb0-7604-a24f-5fb8fc831fa1', 'first-party', '127.0.0.1', '{"reason":"password"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (12, 1769860860000, 'user.password_reset_requested', NULL, '01a22459-6da8-728c-8609-502078020986', NULL, '127.0.0.1', '{}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (13, 1769860860000, 'user.created', NULL, '01a22459-6fff-744b-a103-cc309997dc85', NULL, NULL, '{"scopes":"me orders:read"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (14, 1769860860000, 'login.succeeded', '01a22459-6fff-744b-a103-cc309997dc85', '01a22459-6fff-744b-a103-cc309997dc85', 'first-party', '127.0.0.1', '{"session":"01a22459-7014-7463-b2c9-b197a1e67357"}', 1);
INSERT INTO "keys" ("kid","generation","alg","public_jwk","private_sealed","created_at","signs_at","expires_at") VALUES ('_pAK2X0P2m89wdydRvzrNAUDgS4Jovdw0vxpOV2Tlc0', 1, 'ES256', '{"kty":"EC","x":"0aOTkq_IVuiPnX-nmpD0LcuAyNr3PoOPXXFFZ5E96uo","y":"d0F4TCzOc3fQ1jBCpKCz_8JvzO-qbw7CPU53kRExXz8","crv":"P-256"}', 'f_FRYkuwfkud8XZHqtCGcNbflp1iuQDMJj0ZTLFhTcuYaQvgOvwbnAvOUDMOdVOkxa7538BpVm7mHpVh1E7e5NWaSkUjD-KNDt1aTXSfqbcc6f__iBVPfcbJqydBi7xu_i3oSgGJ23xDEDR1KvJg2Co8cWH1henP-2gTSu-EZgHM_trE30MBL_pSsZLXW1_cE4bRSpV0ckcCbQhQ_Sd9eVa7qKkiFAgLjdHbn3s2UmDZuLSfNsAlTf01-sXmdpPQBCosOiMUbDmPqAoQwL2qfyPw8Td4NnFu5ImqSOz9F6TNT7IExlnRJ9Ao1ZLiXehjIZrl5qVeFPh9hGs7RNBlGBSQWNYeE_sFo1s28mw', 1769860800000, 1769860800000, NULL);
INSERT INTO "known_prefixes" ("user_id","prefix","last_login_at") VALUES ('01a22459-6da8-728c-8609-502078020986', '127.0.0.0/24', 1769860800000);
INSERT INTO "known_prefixes" ("user_id","prefix","last_login_at") VALUES ('01a22459-6eb0-7604-a24f-5fb8fc831fa1', 'unknown', 1769860860000);
INSERT INTO "known_prefixes" ("user_id","prefix","last_login_at") VALUES ('01a22459-6fff-744b-a103-cc309997dc85', '127.0.0.0/24', 1769860860000);
INSERT INTO "mail" ("id","kind","user_id","address","attempts","created_at","next_attempt_at") VALUES ('01a22459-6dad-7413-ad8f-9aa5e39ba8e4', 'verify_email', '01a22459-6da8-728c-8609-502078020986', 'alice@example.com', 0, 1769860800000, 1769860800000);
INSERT INTO "mail" ("id","kind","user_id","address","attempts","created_at","next_attempt_at") VALUES ('01a22459-6e8d-7531-aceb-d5e8969a521d', 'factor_added', '01a22459-6da8-728c-8609-502078020986', 'alice@example.com', 0, 1769860800000, 1769860800000);
INSERT INTO "mail" ("id","kind","user_id","address","attempts","created_at","next_attempt_at") VALUES ('01a22459-6ff7-75f6-8bfb-dea2cdde703f', 'reset_password', '01a22459-6da8-728c-8609-502078020986', 'alice@example.com', 0, 1769860860000, 1769860860000);
INSERT INTO "one_time_tokens" ("hash","purpose","user_id","state","address","expires_at") VALUES ('the hash of a link', 'reset_password', '01a22459-6da8-728c-8609-502078020986', 'a state', NULL, 253370764800000);
INSERT INTO "passkeys" ("id","user_id","credential_id","public_key","counter","synced","backed_up","transports","name","created_at","last_used_at") VALUES ('01a22459-6fb6-7750-b17a-552915d629ba', '01a22459-6eb0-7604-a24f-5fb8fc831fa1', 'CLUcYvg5vJnYYRQRDiBdd8JdSBMGyxhu0xLekdoudEw', 'pQECAyYgASFYILjirVuEIEUEQjV-RjA4LN0dc_bBJexSq9OgOBmzSQKGIlggkol-quu_JHHEPNaknk62DE-FOWTSFItWKvEjBrhfCX0', 1, 0, 0, '["internal"]', 'Phone', 1769860860000, NULL);
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('JQjvI_dLcMQVWmukmcjl4l0V6FN_9plAOFIYgLM_G8k', '01a22459-6da8-728c-8609-502078020986', 'UY0QWRg_Fc0PsgCYk5zl4iuT8S03QT8KzTbuSRLwLO5zMKbv2FaaeVfD3Up95r4j0P50PbK5le1u-uSu1IX_-nwt61fCSAM');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('ZTz295fAopTBA5NgZCL6cX2e9sFG8lQjjT8-kbvnmr4', '01a22459-6da8-728c-8609-502078020986', 'UY0QWRg_Fc0PsgCYk5zl4iuT8S03QT8KzTbuSRLwLO5zMKbv2FaaeVfD3Up95r4j0P50PbK5le1u-uSu1IX_-nwt61fCSAM');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('lYGD-frZ81ydDaMV_MyB00LTPxuX0cdWeC2dqR0YSqw', '01a22459-6da8-728c-8609-502078020986', 'UY0QWRg_Fc0PsgCYk5zl4iuT8S03QT8KzTbuSRLwLO5zMKbv2FaaeVfD3Up95r4j0P50PbK5le1u-uSu1IX_-nwt61fCSAM');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('mf1KTXytReuQMJ1c-lKic0lmiQ8qwG2e5kYyeJHRjkI', '01a22459-6da8-728c-8609-502078020986', 'UY0QWRg_Fc0PsgCYk5zl4iuT8S03QT8KzTbuSRLwLO5zMKbv2FaaeVfD3Up95r4j0P50PbK5le1u-uSu1IX_-nwt61fCSAM');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('844D1Go_lnPPOOvJ_puroBc8S4jDmNoqiOfYGDh-H_8', '01a22459-6da8-728c-8609-502078020986', 'UY0QWRg_Fc0PsgCYk5zl4iuT8S03QT8KzTbuSRLwLO5zMKbv2FaaeVfD3Up95r4j0P50PbK5le1u-uSu1IX_-nwt61fCSAM');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('rf9j5Zbrchyn31myVTEbW9vAH2ajmDup7j4O3REtvsY', '01a22459-6da8-728c-8609-502078020986', 'UY0QWRg_Fc0PsgCYk5zl4iuT8S03QT8KzTbuSRLwLO5zMKbv2FaaeVfD3Up95r4j0P50PbK5le1u-uSu1IX_-nwt61fCSAM');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('k-s2ycene4bFP8d8EdN1zOa7OGzj_8AQUs3SSeUDjks', '01a22459-6da8-728c-8609-502078020986', 'UY0QWRg_Fc0PsgCYk5zl4iuT8S03QT8KzTbuSRLwLO5zMKbv2FaaeVfD3Up95r4j0P50PbK5le1u-uSu1IX_-nwt61fCSAM');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('7GtXmiN5oQXzMrF9Q_6tWhAH2TuDGPCitQQn_ndPXfs', '01a22459-6da8-728c-8609-502078020986', 'UY0QWRg_Fc0PsgCYk5zl4iuT8S03QT8KzTbuSRLwLO5zMKbv2FaaeVfD3Up95r4j0P50PbK5le1u-uSu1IX_-nwt61fCSAM');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('UL5lKxGNgYpZ8Mr0Pu6Jxoz7D_E3WrdzZzh5CynKPUM', '01a22459-6da8-728c-8609-502078020986', 'UY0QWRg_Fc0PsgCYk5zl4iuT8S03QT8KzTbuSRLwLO5zMKbv2FaaeVfD3Up95r4j0P50PbK5le1u-uSu1IX_-nwt61fCSAM');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('ycA-KUlimAk8cIU4Md0NabBFkRwwQqvmpG8eYUv1w9Q', '01a22459-6da8-728c-8609-502078020986', 'UY0QWRg_Fc0PsgCYk5zl4iuT8S03QT8KzTbuSRLwLO5zMKbv2FaaeVfD3Up95r4j0P50PbK5le1u-uSu1IX_-nwt61fCSAM');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('N3rOWCpzD7P6gVE2wyuQce9aAqGS1RuHY86O6qcE34A', '01a22459-6eb0-7604-a24f-5fb8fc831fa1', 'qHWiFlLQfx1OjKZefMo0odM1Vp9aFjn_X6uhXuYsh3z4CtoCA4JN7pc4WTpfXmylfJaZndJ7XIh1xVv5bycLr_TsVMsd_3s');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('kZeL0Y5SSSKFjN9-PcaWQXQCC5g_rjFNL0didID8Rxc', '01a22459-6eb0-7604-a24f-5fb8fc831fa1', 'qHWiFlLQfx1OjKZefMo0odM1Vp9aFjn_X6uhXuYsh3z4CtoCA4JN7pc4WTpfXmylfJaZndJ7XIh1xVv5bycLr_TsVMsd_3s');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('EKt3bR2nLHCtGgCNSf9uAI8RIDrdamJpLVbYv2lTl3E', '01a22459-6eb0-7604-a24f-5fb8fc831fa1', 'qHWiFlLQfx1OjKZefMo0odM1Vp9aFjn_X6uhXuYsh3z4CtoCA4JN7pc4WTpfXmylfJaZndJ7XIh1xVv5bycLr_TsVMsd_3s');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('kfjv7VzVwzF7Ec_MqyJuHn49ngk_nFgjvXn-cQoGVVk', '01a22459-6eb0-7604-a24f-5fb8fc831fa1', 'qHWiFlLQfx1OjKZefMo0odM1Vp9aFjn_X6uhXuYsh3z4CtoCA4JN7pc4WTpfXmylfJaZndJ7XIh1xVv5bycLr_TsVMsd_3s');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('xJIsyEFRN0gVxjqA1694j_-YJHBe0T9FaJITKN4NBK8', '01a22459-6eb0-7604-a24f-5fb8fc831fa1', 'qHWiFlLQfx1OjKZefMo0odM1Vp9aFjn_X6uhXuYsh3z4CtoCA4JN7pc4WTpfXmylfJaZndJ7XIh1xVv5bycLr_TsVMsd_3s');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('hkyMPWU_fhHQ4ccuj0kH0JL521BQsTSMC_JTNu19yIM', '01a22459-6eb0-7604-a24f-5fb8fc831fa1', 'qHWiFlLQfx1OjKZefMo0odM1Vp9aFjn_X6uhXuYsh3z4CtoCA4JN7pc4WTpfXmylfJaZndJ7XIh1xVv5bycLr_TsVMsd_3s');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('8Rz-NaeHQ7AMHnKwSzVf3dXbMYC2X701JykiCvIcrqg', '01a22459-6eb0-7604-a24f-5fb8fc831fa1', 'qHWiFlLQfx1OjKZefMo0odM1Vp9aFjn_X6uhXuYsh3z4CtoCA4JN7pc4WTpfXmylfJaZndJ7XIh1xVv5bycLr_TsVMsd_3s');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('l-iGY_aPjSu63omY90FuinK_Bk9Ms8bDzBw4bGBIIUc', '01a22459-6eb0-7604-a24f-5fb8fc831fa1', 'qHWiFlLQfx1OjKZefMo0odM1Vp9aFjn_X6uhXuYsh3z4CtoCA4JN7pc4WTpfXmylfJaZndJ7XIh1xVv5bycLr_TsVMsd_3s');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('VsfexDo1tJ32iMfc3Rrvelk4XqsQZfvsiagujHwgEp0', '01a22459-6eb0-7604-a24f-5fb8fc831fa1', 'qHWiFlLQfx1OjKZefMo0odM1Vp9aFjn_X6uhXuYsh3z4CtoCA4JN7pc4WTpfXmylfJaZndJ7XIh1xVv5bycLr_TsVMsd_3s');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('kggr1QlJZBPJLkDfsVXgzME7eNa3aenjDo5txLbxMt4', '01a22459-6eb0-7604-a24f-5fb8fc831fa1', 'qHWiFlLQfx1OjKZefMo0odM1Vp9aFjn_X6uhXuYsh3z4CtoCA4JN7pc4WTpfXmylfJaZndJ7XIh1xVv5bycLr_TsVMsd_3s');
INSERT INTO "seals" ("number","previous","events","digest","at","public_key","signature","pruned") VALUES (1, '', 14, '06f816ffa858dd1aa3e7727343ff4862278db6aa993c852cb7222cad1c215a8f', 1769860860000, 'dfkFKUu7b-uXTf34JfHa0uuDbu9w5_lLNSdxkNrxEos', '_uQ8IT9xZb0z_a-WJ5wNfar6iEbJc_Rem7wLffOSMilPfpkjKohvZOrnXybvhJLj1w2PXpxaOzGTE6QGk90xDQ', NULL);
INSERT INTO "sessions" ("id","user_id","client_id","client_epoch","scope","counter","retried_counter","created_at","rotated_at","last_used_at","expires_at","idle_expires_at","ends_on","revoked_at","ip","last_ip","user_agent","amr","auth_time") VALUES ('01a22459-6dfb-762f-87a1-a691e9234031', '01a22459-6da8-728c-8609-502078020986', 'first-party', NULL, '["me"]', 0, NULL, 1769860800000, 1769860800000, 1769860800000, 1777636800000, 1771070400000, 20498, NULL, '127.0.0.1', '127.0.0.1', 'lightMyRequest', '["pwd","otp","mfa"]', 1769860860000);
INSERT INTO "sessions" ("id","user_id","client_id","client_epoch","scope","counter","retried_counter","created_at","rotated_at","last_used_at","expires_at","idle_expires_at","ends_on","revoked_at","ip","last_ip","user_agent","amr","auth_time") VALUES ('01a22459-6eb2-70e6-a7c8-641cee582a2d', '01a22459-6eb0-7604-a24f-5fb8fc831fa1', 'first-party', NULL, '["me"]', 0, NULL, 1769860860000, 1769860860000, 1769860860000, 1777636860000, 1771070460000, 20498, NULL, '192.0.2.1', '192.0.2.1', NULL, '["pwd"]', 1769860860000);
INSERT INTO "sessions" ("id","user_id","client_id","client_epoch","scope","counter","retried_counter","created_at","rotated_at","last_used_at","expires_at","idle_expires_at","ends_on","revoked_at","ip","last_ip","user_agent","amr","auth_time") VALUES ('01a22459-7014-7463-b2c9-b197a1e67357', '01a22459-6fff-744b-a103-cc309997dc85', 'first-party', NULL, '["me","orders:read"]', 0, NULL, 1769860860000, 1769860860000, 1769860860000, 1777636860000, 1771070460000, 20498, NULL, '127.0.0.1', '127.0.0.1', 'lightMyRequest', '["pwd"]', 1769860860000);
INSERT INTO "setup_links" ("hash","expires_at") VALUES ('MLrq3AIc3P_VUHV7kaBveB8y3t4J8E4rSirjbF4JiZM', 1769864400000);
INSERT INTO "spent" ("id","expires_at") VALUES ('totp:01a22459-6e3e-75d2-be24-94dfc210407e:58995360', 1769864400000);
INSERT INTO "spent" ("id","expires_at") VALUES ('01a22459-6ea1-7115-9e9d-768cddd7cf62', 1769860860000);
INSERT INTO "spent" ("id","expires_at") VALUES ('passkey-challenge:01a22459-6eb9-7438-a3b5-783a49f67396', 1769865060000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('first-link:aVZEY5WxII_mCNwIDLMEViNjxE9ULGLqCuIOPGDf07E', 1772452800000, 1772452800000, 1769857200000, 2592000000, 1, 1, 2592000000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('first-links:_42YGfwOEr8NJIkuRZh-JJoo3Og2qFytYOKOqqjG2XY', 1769862600000, 0, 1769857200000, 1800000, 50, 50, 1800000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('account:01a22459-6da8-728c-8609-502078020986', 1769860800000, 0, 1769857200000, 3600000, 10, 20, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('prefix:127.0.0.0/24', 1769860870000, 0, 1769857200000, 10000, 50, 60, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('logins:01a22459-6da8-728c-8609-502078020986', 1769860812000, 0, 1769857200000, 12000, 300, 310, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('profile:01a22459-6da8-728c-8609-502078020986', 1769860860000, 0, 1769857200000, 60000, 60, 70, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('code:01a22459-6da8-728c-8609-502078020986', 1769860800000, 0, 1769857200000, 3600000, 10, 20, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('consecutive-codes:01a22459-6e3e-75d2-be24-94dfc210407e', 1769860800000, 0, 1769857200000, 31536000000, 100, 100, 31536000000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('account:01a22459-6eb0-7604-a24f-5fb8fc831fa1', 1769864460000, 0, 1769857260000, 3600000, 10, 20, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('consecutive:01a22459-6eb0-7604-a24f-5fb8fc831fa1', 1801396860000, 0, 1769857260000, 31536000000, 100, 100, 31536000000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('mail:127.0.0.0/24', 1769860980000, 0, 1769857260000, 120000, 30, 40, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('mailbox:reset_password:_42YGfwOEr8NJIkuRZh-JJoo3Og2qFytYOKOqqjG2XY', 1769864460000, 0, 1769857260000, 3600000, 3, 15, 3600000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('account:01a22459-6fff-744b-a103-cc309997dc85', 1769860860000, 0, 1769857260000, 3600000, 10, 20, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('logins:01a22459-6fff-744b-a103-cc309997dc85', 1769860872000, 0, 1769857260000, 12000, 300, 310, 900000);
INSERT INTO "totp" ("id","user_id","secret_sealed","created_at","confirmed_at") VALUES ('01a22459-6e3e-75d2-be24-94dfc210407e', '01a22459-6da8-728c-8609-502078020986', 'wk4aAME6PFUKD0wkm8M_HpVUX8jzcmAI3ICxOFfAWGYDF7ASEnS1rNW0Rf6KP970cFU0C5W902lnv33E', 1769860800000, 1769860800000);
