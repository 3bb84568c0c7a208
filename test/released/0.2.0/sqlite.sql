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
	`key_sealed` text NOT NULL,
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
INSERT INTO "users" ("id","username","email","email_verified","pending_email","full_name","password_hash","scopes","disabled","created_at","updated_at","last_login_at","second_factor_at") VALUES ('01a2245e-1b29-75c4-b53e-aab09c4d71fc', 'alice', 'alice@example.com', 1, NULL, NULL, '$bcrypt-sha256$v=2,t=2b,r=4$KhR3NrH3gQ0x5lUBf6EXQ.$S/4nM4dQI0TVnmIROst9CyMUUpHa4l.', '["me"]', 0, 1769860800000, 1769860800000, 1769860800000, 1769860800000);
INSERT INTO "users" ("id","username","email","email_verified","pending_email","full_name","password_hash","scopes","disabled","created_at","updated_at","last_login_at","second_factor_at") VALUES ('01a2245e-1bc7-73c6-b1b1-a9a93a07c170', 'bob', NULL, 0, NULL, NULL, '$bcrypt-sha256$v=2,t=2b,r=4$fV6u7lsqGdtoINvy7.Wv0e$DtsKBUTacOFw3P6T.pQMermmAIq3lzm', '["me"]', 0, 1769860860000, 1769860860000, 1769860860000, 1769860860000);
INSERT INTO "users" ("id","username","email","email_verified","pending_email","full_name","password_hash","scopes","disabled","created_at","updated_at","last_login_at","second_factor_at") VALUES ('01a2245e-1e48-77bc-96db-c2160944938e', 'carol', NULL, 0, NULL, NULL, '$bcrypt-sha256$v=2,t=2b,r=4$81uKxsSSwMLqVDlCQY7oVu$6gFgbrEKAG5YdifREGojWJKPJ2ZSm1W', '["me","orders:read"]', 0, 1769860860000, 1769860860000, 1769860860000, NULL);
INSERT INTO "clients" ("id","name","secret_hash","grants","scopes","disabled","login_epoch","own_epoch","created_at","updated_at") VALUES ('c_01a2245e-1da5-730b-b4b6-1bc4346582bf', 'Reports', 'Rcbe1L4OrMa_AQfp_bwArPYHEG30YUqL5VuKlLdUN0U', '["client_credentials"]', '["orders:read"]', 0, 0, 0, 1769860860000, 1769860860000);
INSERT INTO "__drizzle_migrations" ("id","hash","created_at") VALUES (1, '87713555919bfd3f3583e96bb692dbeeabd80e1712a711d6d6f0fc4ab986c747', 1795906471671);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (1, 1769860800000, 'key.created', NULL, 'xYQh6Lg_ZUV1-Z83PlhkAlTwOgxkKqOr0WD_bJec324', NULL, NULL, '{}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (2, 1769860800000, 'user.created', NULL, '01a2245e-1b29-75c4-b53e-aab09c4d71fc', NULL, NULL, '{"scopes":"me"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (3, 1769860800000, 'user.email_verified', NULL, NULL, NULL, NULL, '{}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (4, 1769860800000, 'login.succeeded', '01a2245e-1b29-75c4-b53e-aab09c4d71fc', '01a2245e-1b29-75c4-b53e-aab09c4d71fc', 'first-party', '127.0.0.1', '{"session":"01a2245e-1b4c-765b-9274-e6fa33a65774"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (5, 1769860800000, 'factor.added', '01a2245e-1b29-75c4-b53e-aab09c4d71fc', '01a2245e-1b29-75c4-b53e-aab09c4d71fc', NULL, '127.0.0.1', '{"type":"totp"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (6, 1769860860000, 'session.stepped_up', '01a2245e-1b29-75c4-b53e-aab09c4d71fc', '01a2245e-1b29-75c4-b53e-aab09c4d71fc', 'first-party', NULL, '{"session":"01a2245e-1b4c-765b-9274-e6fa33a65774","amr":"otp mfa"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (7, 1769860860000, 'user.created', NULL, '01a2245e-1bc7-73c6-b1b1-a9a93a07c170', NULL, NULL, '{"scopes":"me"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (8, 1769860860000, 'login.succeeded', '01a2245e-1bc7-73c6-b1b1-a9a93a07c170', '01a2245e-1bc7-73c6-b1b1-a9a93a07c170', 'first-party', '192.0.2.1', '{"session":"01a2245e-1bd0-715b-a4f8-8689d80a90d9"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (9, 1769860860000, 'factor.added', '01a2245e-1bc7-73c6-b1b1-a9a93a07c170', '01a2245e-1bc7-73c6-b1b1-a9a93a07c170', NULL, '192.0.2.1', '{"type":"passkey","id":"01a2245e-1da1-70f5-b93b-d2bdce689245"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (10, 1769860860000, 'client.created', '01a2245e-1bc7-73c6-b1b1-a9a93a07c170', 'c_01a2245e-1da5-730b-b4b6-1bc4346582bf', NULL, '192.0.2.1', '{"name":"Reports"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (11, 1769860860000, 'login.failed', NULL, '01a2245e-1bc7-73c6-b1b1-a9a93a07c170', 'first-party', '127.0.0.1', '{"reason":"password"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (12, 1769860860000, 'user.password_reset_requested', NULL, '01a2245e-1b29-75c4-b53e-aab09c4d71fc', NULL, '127.0.0.1', '{}', 2);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (13, 1769860860000, 'user.created', NULL, '01a2245e-1e48-77bc-96db-c2160944938e', NULL, NULL, '{"scopes":"me orders:read"}', 2);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (14, 1769860860000, 'login.succeeded', '01a2245e-1e48-77bc-96db-c2160944938e', '01a2245e-1e48-77bc-96db-c2160944938e', 'first-party', '127.0.0.1', '{"session":"01a2245e-1e5b-72cb-9116-ff31253dfee6"}', 2);
INSERT INTO "keys" ("kid","generation","alg","public_jwk","private_sealed","created_at","signs_at","expires_at") VALUES ('xYQh6Lg_ZUV1-Z83PlhkAlTwOgxkKqOr0WD_bJec324', 1, 'ES256', '{"kty":"EC","x":"5eSs0ujLW3e-lD3UYkgPypAzOOtErb7zVuMuAyS4Zyo","y":"UsNTQAfB-VU9oChGeYac9emiUjCEKQ_wpOkdP1u06Cc","crv":"P-256"}', 'Z1vXQqDwRt7TOtTA-hkjZF3T7KY0gJo1RbDrZTXas2GCHFu5fCgRhyoX6Tm0G1-nKpL4Jn0VrRlgdnSdTh7eZ1LinIvVtOXLjiGdon-lf3SisW6oDBsg-MDRHlxUduU92qqvgOJD7UPuWCfrud1VWPNB0_62uEJ5WwbUZRDVE_kJASdLjbwdmVhpIXvE5U74MhlJB1i9MIB8BmcveKWx8GD0HSfsf6sIpuDkLj5nsPYQn6BNt92sTMzaONKDOO5CeDl4JoLzU-qoosBgKd1x4si1WtvWMRQ6Wd6PRPIvrWYCprTk3H_TtevCpwmG4na8LjGg-evRRHgIYUM9VAylS3yeA9hQfJBlv9Nygyg', 1769860800000, 1769860800000, NULL);
INSERT INTO "known_prefixes" ("user_id","prefix","last_login_at") VALUES ('01a2245e-1b29-75c4-b53e-aab09c4d71fc', '127.0.0.0/24', 1769860800000);
INSERT INTO "known_prefixes" ("user_id","prefix","last_login_at") VALUES ('01a2245e-1bc7-73c6-b1b1-a9a93a07c170', 'unknown', 1769860860000);
INSERT INTO "known_prefixes" ("user_id","prefix","last_login_at") VALUES ('01a2245e-1e48-77bc-96db-c2160944938e', '127.0.0.0/24', 1769860860000);
INSERT INTO "mail" ("id","kind","user_id","address","attempts","created_at","next_attempt_at") VALUES ('01a2245e-1b2c-7314-94d0-0ab8baaef825', 'verify_email', '01a2245e-1b29-75c4-b53e-aab09c4d71fc', 'alice@example.com', 0, 1769860800000, 1769860800000);
INSERT INTO "mail" ("id","kind","user_id","address","attempts","created_at","next_attempt_at") VALUES ('01a2245e-1bbf-7476-b6eb-d9a5c30f5a4c', 'factor_added', '01a2245e-1b29-75c4-b53e-aab09c4d71fc', 'alice@example.com', 0, 1769860800000, 1769860800000);
INSERT INTO "mail" ("id","kind","user_id","address","attempts","created_at","next_attempt_at") VALUES ('01a2245e-1dfb-771f-b1b8-f06802ee963c', 'reset_password', '01a2245e-1b29-75c4-b53e-aab09c4d71fc', 'alice@example.com', 0, 1769860860000, 1769860860000);
INSERT INTO "one_time_tokens" ("hash","purpose","user_id","state","address","expires_at") VALUES ('the hash of a link', 'reset_password', '01a2245e-1b29-75c4-b53e-aab09c4d71fc', 'a state', NULL, 253370764800000);
INSERT INTO "passkeys" ("id","user_id","credential_id","public_key","counter","synced","backed_up","transports","name","created_at","last_used_at") VALUES ('01a2245e-1da1-70f5-b93b-d2bdce689245', '01a2245e-1bc7-73c6-b1b1-a9a93a07c170', '9FNBc47xuCmfuKrQamVS1k4ilbB134GifR8EJdkINXI', 'pQECAyYgASFYIDoLfTySeK_4CgwsW1vb7Nfo06x3pibbtM1FWDf6_NffIlggrochrLAjK-C5pjNCB_KgzuSuBGUx5nBslHUwNs-kxrk', 1, 0, 0, '["internal"]', 'Phone', 1769860860000, NULL);
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('UhG4945wkhO8x3Wxk9XIEYJbUef7tk0qED_zVsND-HY', '01a2245e-1b29-75c4-b53e-aab09c4d71fc', 'ZZg1TKRfv5W2YkyMW1su2E9NTN_3puFsXrPfvfHOxoePfG7wp_lL0qqYJNybq5KSsWzhorJ1-DnUUtK5emvn9E0qAeQ6cMk');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('uGCg-04OXfbxCqWWmfZsqWcu-8eKzDae2oqispJz_PI', '01a2245e-1b29-75c4-b53e-aab09c4d71fc', 'ZZg1TKRfv5W2YkyMW1su2E9NTN_3puFsXrPfvfHOxoePfG7wp_lL0qqYJNybq5KSsWzhorJ1-DnUUtK5emvn9E0qAeQ6cMk');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('nXgCtgSnNRAGJlDe87vK3_yzar1GJgsrAOUFcfXOIfA', '01a2245e-1b29-75c4-b53e-aab09c4d71fc', 'ZZg1TKRfv5W2YkyMW1su2E9NTN_3puFsXrPfvfHOxoePfG7wp_lL0qqYJNybq5KSsWzhorJ1-DnUUtK5emvn9E0qAeQ6cMk');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('hK6fpLAOPtJELDikTI2BdDn7aay3G7fqjrNUq5wnkCg', '01a2245e-1b29-75c4-b53e-aab09c4d71fc', 'ZZg1TKRfv5W2YkyMW1su2E9NTN_3puFsXrPfvfHOxoePfG7wp_lL0qqYJNybq5KSsWzhorJ1-DnUUtK5emvn9E0qAeQ6cMk');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('lhZ2kyMk6aWcZkoA3sYk5_iHNiYwZlo7cBPifvTIeM0', '01a2245e-1b29-75c4-b53e-aab09c4d71fc', 'ZZg1TKRfv5W2YkyMW1su2E9NTN_3puFsXrPfvfHOxoePfG7wp_lL0qqYJNybq5KSsWzhorJ1-DnUUtK5emvn9E0qAeQ6cMk');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('d8fpNwMPQ3FzNHsRznBGYY5K4j1RkVNKI6ds7k5FQ_A', '01a2245e-1b29-75c4-b53e-aab09c4d71fc', 'ZZg1TKRfv5W2YkyMW1su2E9NTN_3puFsXrPfvfHOxoePfG7wp_lL0qqYJNybq5KSsWzhorJ1-DnUUtK5emvn9E0qAeQ6cMk');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('bvnVyeY5R_lMGVv2mx0Q8VmG75YfHckYdnyw08mSDFo', '01a2245e-1b29-75c4-b53e-aab09c4d71fc', 'ZZg1TKRfv5W2YkyMW1su2E9NTN_3puFsXrPfvfHOxoePfG7wp_lL0qqYJNybq5KSsWzhorJ1-DnUUtK5emvn9E0qAeQ6cMk');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('HA4c22lw0c2H5gBJQiqle1Z-nW6KTBphUlhdPlzZHRQ', '01a2245e-1b29-75c4-b53e-aab09c4d71fc', 'ZZg1TKRfv5W2YkyMW1su2E9NTN_3puFsXrPfvfHOxoePfG7wp_lL0qqYJNybq5KSsWzhorJ1-DnUUtK5emvn9E0qAeQ6cMk');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('NpgWCeEcPZIKF0kkN1l4gcyOEO2lU-XwHciV8XtykI4', '01a2245e-1b29-75c4-b53e-aab09c4d71fc', 'ZZg1TKRfv5W2YkyMW1su2E9NTN_3puFsXrPfvfHOxoePfG7wp_lL0qqYJNybq5KSsWzhorJ1-DnUUtK5emvn9E0qAeQ6cMk');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('elVvLroK-7iy_In9XUV6AmHI_CYjPZEtgPBM4B4T6T4', '01a2245e-1b29-75c4-b53e-aab09c4d71fc', 'ZZg1TKRfv5W2YkyMW1su2E9NTN_3puFsXrPfvfHOxoePfG7wp_lL0qqYJNybq5KSsWzhorJ1-DnUUtK5emvn9E0qAeQ6cMk');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('jak9GtpRwy91ThXFSAa4SWXwLwFYBraTzk-SLGBCozM', '01a2245e-1bc7-73c6-b1b1-a9a93a07c170', 'JsxZ0OKj5ckjPce7QhdDNVChiDD1LWpYES3RN0GUhQDrGzHkW-21__PjNMpqTQHLEbAaTRNZvyDCgUcykmMsVYn8tuxty-w');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('I-cNbEa3NwLYFaZeiRdw8C6Cp-fdHGHy29gveoB_pkk', '01a2245e-1bc7-73c6-b1b1-a9a93a07c170', 'JsxZ0OKj5ckjPce7QhdDNVChiDD1LWpYES3RN0GUhQDrGzHkW-21__PjNMpqTQHLEbAaTRNZvyDCgUcykmMsVYn8tuxty-w');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('FaDbOBo4xeBEOwVJPsawV09r03kbOWN5_Dg-MBu0Iv0', '01a2245e-1bc7-73c6-b1b1-a9a93a07c170', 'JsxZ0OKj5ckjPce7QhdDNVChiDD1LWpYES3RN0GUhQDrGzHkW-21__PjNMpqTQHLEbAaTRNZvyDCgUcykmMsVYn8tuxty-w');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('hKatiW2_dN0qJ0E9nHNXi0k7TBJ9uUtSdonTdu5IDqA', '01a2245e-1bc7-73c6-b1b1-a9a93a07c170', 'JsxZ0OKj5ckjPce7QhdDNVChiDD1LWpYES3RN0GUhQDrGzHkW-21__PjNMpqTQHLEbAaTRNZvyDCgUcykmMsVYn8tuxty-w');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('Xk01D8PsM37Fx2PB1kkvI79bUrDoIRZ9dTo2_R6Ekgo', '01a2245e-1bc7-73c6-b1b1-a9a93a07c170', 'JsxZ0OKj5ckjPce7QhdDNVChiDD1LWpYES3RN0GUhQDrGzHkW-21__PjNMpqTQHLEbAaTRNZvyDCgUcykmMsVYn8tuxty-w');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('_qLLcQcioowsQVeyMeoLM7v3Ga4jRQPZXxkczLDj9yA', '01a2245e-1bc7-73c6-b1b1-a9a93a07c170', 'JsxZ0OKj5ckjPce7QhdDNVChiDD1LWpYES3RN0GUhQDrGzHkW-21__PjNMpqTQHLEbAaTRNZvyDCgUcykmMsVYn8tuxty-w');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('c5VG3NpfKVuL2n3_HSMRbIAR8M45Y3UXtFrGKkZt3JY', '01a2245e-1bc7-73c6-b1b1-a9a93a07c170', 'JsxZ0OKj5ckjPce7QhdDNVChiDD1LWpYES3RN0GUhQDrGzHkW-21__PjNMpqTQHLEbAaTRNZvyDCgUcykmMsVYn8tuxty-w');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('YVkLV0T5Cfd8TU0mL1O-o92vXfEHYG2ELXtAB6yJHvA', '01a2245e-1bc7-73c6-b1b1-a9a93a07c170', 'JsxZ0OKj5ckjPce7QhdDNVChiDD1LWpYES3RN0GUhQDrGzHkW-21__PjNMpqTQHLEbAaTRNZvyDCgUcykmMsVYn8tuxty-w');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('D2PPiMPdtrQjKtdKgqr7ItuE7Q2T0l4sus5xyRRvxAE', '01a2245e-1bc7-73c6-b1b1-a9a93a07c170', 'JsxZ0OKj5ckjPce7QhdDNVChiDD1LWpYES3RN0GUhQDrGzHkW-21__PjNMpqTQHLEbAaTRNZvyDCgUcykmMsVYn8tuxty-w');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('RTjX0GdSLQkQgC7N_I492yi_ZRDPTZqETw96UHUBOlE', '01a2245e-1bc7-73c6-b1b1-a9a93a07c170', 'JsxZ0OKj5ckjPce7QhdDNVChiDD1LWpYES3RN0GUhQDrGzHkW-21__PjNMpqTQHLEbAaTRNZvyDCgUcykmMsVYn8tuxty-w');
INSERT INTO "seals" ("number","previous","events","digest","at","public_key","signature","pruned") VALUES (1, '', 11, 'ef4111a2886f780156595180548c3b167a294e78d3ff188d3d2edc9393bfa82a', 1769860860000, 'dfkFKUu7b-uXTf34JfHa0uuDbu9w5_lLNSdxkNrxEos', 'UONDJnY6V6tiTehGtsVNiw4zg9pHWW6-zXoDIJRXgGuhBoufAQk6clFpw-U0cI_mrjbn_hW3uW4JwPL9UuLZBA', NULL);
INSERT INTO "seals" ("number","previous","events","digest","at","public_key","signature","pruned") VALUES (2, '5e86caaa4e24cf4f5b82c285daf3cbcfea9b93152f1e26c61030b75765d83edb', 3, '67276b3b23ab1b24c0036367bab95c6fd28e1f1056336d6b7a5ca624f7ba9461', 1769860860000, 'dfkFKUu7b-uXTf34JfHa0uuDbu9w5_lLNSdxkNrxEos', 'Uo88Bm06uN7CMr1fYU_0Jfn1TqADW933WyKZ5mUrq7ysXT8nG63FUR2Y4Hiotsq0tQkY8eZJQ9alr54ffwKbAg', NULL);
INSERT INTO "sessions" ("id","user_id","client_id","client_epoch","scope","counter","retried_counter","created_at","rotated_at","last_used_at","expires_at","idle_expires_at","ends_on","revoked_at","ip","last_ip","user_agent","amr","auth_time") VALUES ('01a2245e-1b4c-765b-9274-e6fa33a65774', '01a2245e-1b29-75c4-b53e-aab09c4d71fc', 'first-party', NULL, '["me"]', 0, NULL, 1769860800000, 1769860800000, 1769860800000, 1777636800000, 1771070400000, 20498, NULL, '127.0.0.1', '127.0.0.1', 'lightMyRequest', '["pwd","otp","mfa"]', 1769860860000);
INSERT INTO "sessions" ("id","user_id","client_id","client_epoch","scope","counter","retried_counter","created_at","rotated_at","last_used_at","expires_at","idle_expires_at","ends_on","revoked_at","ip","last_ip","user_agent","amr","auth_time") VALUES ('01a2245e-1bd0-715b-a4f8-8689d80a90d9', '01a2245e-1bc7-73c6-b1b1-a9a93a07c170', 'first-party', NULL, '["me"]', 0, NULL, 1769860860000, 1769860860000, 1769860860000, 1777636860000, 1771070460000, 20498, NULL, '192.0.2.1', '192.0.2.1', NULL, '["pwd"]', 1769860860000);
INSERT INTO "sessions" ("id","user_id","client_id","client_epoch","scope","counter","retried_counter","created_at","rotated_at","last_used_at","expires_at","idle_expires_at","ends_on","revoked_at","ip","last_ip","user_agent","amr","auth_time") VALUES ('01a2245e-1e5b-72cb-9116-ff31253dfee6', '01a2245e-1e48-77bc-96db-c2160944938e', 'first-party', NULL, '["me","orders:read"]', 0, NULL, 1769860860000, 1769860860000, 1769860860000, 1777636860000, 1771070460000, 20498, NULL, '127.0.0.1', '127.0.0.1', 'lightMyRequest', '["pwd"]', 1769860860000);
INSERT INTO "setup_links" ("hash","expires_at") VALUES ('qH_1NMTX_gxWulVDlKSd7cjF_tmLIKDYOJHAnjVd5R4', 1769864400000);
INSERT INTO "spent" ("id","expires_at") VALUES ('totp:01a2245e-1b78-7374-a4d6-f9ad9e34a2e7:58995360', 1769864400000);
INSERT INTO "spent" ("id","expires_at") VALUES ('01a2245e-1bc2-7527-9aa5-be04447eafe0', 1769860860000);
INSERT INTO "spent" ("id","expires_at") VALUES ('passkey-challenge:01a2245e-1bd9-75b6-b9d8-4e8e07baddc9', 1769865060000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('first-link:emZCxX3a9oMTVX5479giSNtljWrVze-NahYYT3U3pk8', 1772452800000, 1772452800000, 1769857200000, 2592000000, 1, 1, 2592000000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('first-links:_42YGfwOEr8NJIkuRZh-JJoo3Og2qFytYOKOqqjG2XY', 1769862600000, 0, 1769857200000, 1800000, 50, 50, 1800000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('account:01a2245e-1b29-75c4-b53e-aab09c4d71fc', 1769860800000, 0, 1769857200000, 3600000, 10, 20, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('prefix:127.0.0.0/24', 1769860870000, 0, 1769857200000, 10000, 50, 60, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('logins:01a2245e-1b29-75c4-b53e-aab09c4d71fc', 1769860812000, 0, 1769857200000, 12000, 300, 310, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('profile:01a2245e-1b29-75c4-b53e-aab09c4d71fc', 1769860860000, 0, 1769857200000, 60000, 60, 70, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('code:01a2245e-1b29-75c4-b53e-aab09c4d71fc', 1769860800000, 0, 1769857200000, 3600000, 10, 20, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('consecutive-codes:01a2245e-1b78-7374-a4d6-f9ad9e34a2e7', 1769860800000, 0, 1769857200000, 31536000000, 100, 100, 31536000000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('account:01a2245e-1bc7-73c6-b1b1-a9a93a07c170', 1769864460000, 0, 1769857260000, 3600000, 10, 20, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('consecutive:01a2245e-1bc7-73c6-b1b1-a9a93a07c170', 1801396860000, 0, 1769857260000, 31536000000, 100, 100, 31536000000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('mail:127.0.0.0/24', 1769860980000, 0, 1769857260000, 120000, 30, 40, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('mailbox:reset_password:_42YGfwOEr8NJIkuRZh-JJoo3Og2qFytYOKOqqjG2XY', 1769864460000, 0, 1769857260000, 3600000, 3, 15, 3600000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('account:01a2245e-1e48-77bc-96db-c2160944938e', 1769860860000, 0, 1769857260000, 3600000, 10, 20, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('logins:01a2245e-1e48-77bc-96db-c2160944938e', 1769860872000, 0, 1769857260000, 12000, 300, 310, 900000);
INSERT INTO "totp" ("id","user_id","secret_sealed","created_at","confirmed_at") VALUES ('01a2245e-1b78-7374-a4d6-f9ad9e34a2e7', '01a2245e-1b29-75c4-b53e-aab09c4d71fc', '3aAiNcgXXslA8e5MIvetR20gBSCwkK5wLMPPKGR-airSfjHGNB17D8pGjCEVVRKG8PsuK5ajCZNpz3No', 1769860800000, 1769860800000);
