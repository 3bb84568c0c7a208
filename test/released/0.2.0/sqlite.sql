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
INSERT INTO "users" ("id","username","email","email_verified","pending_email","full_name","password_hash","scopes","disabled","created_at","updated_at","last_login_at","second_factor_at") VALUES ('01a22484-49d5-711b-8855-dcef9f5f15ab', 'alice', 'alice@example.com', 1, NULL, NULL, '$bcrypt-sha256$v=2,t=2b,r=4$SE1xELFdhjpwQ2zOa7VkEu$q0Cz0lliBHEBPeosihEfP9pWUcYwhq.', '["me"]', 0, 1769860800000, 1769860800000, 1769860800000, 1769860800000);
INSERT INTO "users" ("id","username","email","email_verified","pending_email","full_name","password_hash","scopes","disabled","created_at","updated_at","last_login_at","second_factor_at") VALUES ('01a22484-4a40-76d4-b38e-9218a8182b61', 'bob', NULL, 0, NULL, NULL, '$bcrypt-sha256$v=2,t=2b,r=4$HX7JUODFWdKyX20HEvKacu$uc6EDrD/V03TvJoZ08HPKoMpd4MYMxK', '["me"]', 0, 1769860860000, 1769860860000, 1769860860000, 1769860860000);
INSERT INTO "users" ("id","username","email","email_verified","pending_email","full_name","password_hash","scopes","disabled","created_at","updated_at","last_login_at","second_factor_at") VALUES ('01a22484-4b82-74c7-9e35-149438215a88', 'carol', NULL, 0, NULL, NULL, '$bcrypt-sha256$v=2,t=2b,r=4$5vvO7g9SxrnvBasZxKrVuO$hTnL/KBnSLJq.uSZa1nq/ykhh4xi202', '["me","orders:read"]', 0, 1769860860000, 1769860860000, 1769860860000, NULL);
INSERT INTO "clients" ("id","name","secret_hash","grants","scopes","disabled","login_epoch","own_epoch","created_at","updated_at") VALUES ('c_01a22484-4b54-726d-85fc-206fb78e7158', 'Reports', 'r9oc9O42LUiykJcVJFMGsJ9wH1vTK0NpcV5khQtLwTQ', '["client_credentials"]', '["orders:read"]', 0, 0, 0, 1769860860000, 1769860860000);
INSERT INTO "__drizzle_migrations" ("id","hash","created_at") VALUES (1, '87713555919bfd3f3583e96bb692dbeeabd80e1712a711d6d6f0fc4ab986c747', 1795906471671);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (1, 1769860800000, 'key.created', NULL, 'akT8bj3Q3YOVoxCMM1akdmQ4RimGqcTCw5AxeDksTEU', NULL, NULL, '{}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (2, 1769860800000, 'user.created', NULL, '01a22484-49d5-711b-8855-dcef9f5f15ab', NULL, NULL, '{"scopes":"me"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (3, 1769860800000, 'user.email_verified', NULL, NULL, NULL, NULL, '{}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (4, 1769860800000, 'login.succeeded', '01a22484-49d5-711b-8855-dcef9f5f15ab', '01a22484-49d5-711b-8855-dcef9f5f15ab', 'first-party', '127.0.0.1', '{"session":"01a22484-49fb-74a2-a123-7395dbf12ab5"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (5, 1769860800000, 'factor.added', '01a22484-49d5-711b-8855-dcef9f5f15ab', '01a22484-49d5-711b-8855-dcef9f5f15ab', NULL, '127.0.0.1', '{"type":"totp"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (6, 1769860860000, 'session.stepped_up', '01a22484-49d5-711b-8855-dcef9f5f15ab', '01a22484-49d5-711b-8855-dcef9f5f15ab', 'first-party', NULL, '{"session":"01a22484-49fb-74a2-a123-7395dbf12ab5","amr":"otp mfa"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (7, 1769860860000, 'user.created', NULL, '01a22484-4a40-76d4-b38e-9218a8182b61', NULL, NULL, '{"scopes":"me"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (8, 1769860860000, 'login.succeeded', '01a22484-4a40-76d4-b38e-9218a8182b61', '01a22484-4a40-76d4-b38e-9218a8182b61', 'first-party', '192.0.2.1', '{"session":"01a22484-4a41-775c-920a-4c1f10e0225c"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (9, 1769860860000, 'factor.added', '01a22484-4a40-76d4-b38e-9218a8182b61', '01a22484-4a40-76d4-b38e-9218a8182b61', NULL, '192.0.2.1', '{"type":"passkey","id":"01a22484-4b50-7611-86ea-08b92e3d7180"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (10, 1769860860000, 'client.created', '01a22484-4a40-76d4-b38e-9218a8182b61', 'c_01a22484-4b54-726d-85fc-206fb78e7158', NULL, '192.0.2.1', '{"name":"Reports"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (11, 1769860860000, 'login.failed', NULL, '01a22484-4a40-76d4-b38e-9218a8182b61', 'first-party', '127.0.0.1', '{"reason":"password"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (12, 1769860860000, 'user.password_reset_requested', NULL, '01a22484-49d5-711b-8855-dcef9f5f15ab', NULL, '127.0.0.1', '{}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (13, 1769860860000, 'user.created', NULL, '01a22484-4b82-74c7-9e35-149438215a88', NULL, NULL, '{"scopes":"me orders:read"}', 1);
INSERT INTO "audit" ("seq","at","action","actor","subject","client_id","ip","detail","seal") VALUES (14, 1769860860000, 'login.succeeded', '01a22484-4b82-74c7-9e35-149438215a88', '01a22484-4b82-74c7-9e35-149438215a88', 'first-party', '127.0.0.1', '{"session":"01a22484-4b88-753a-bcfe-b61966469e09"}', 1);
INSERT INTO "keys" ("kid","generation","alg","public_jwk","private_sealed","created_at","signs_at","expires_at") VALUES ('akT8bj3Q3YOVoxCMM1akdmQ4RimGqcTCw5AxeDksTEU', 1, 'ES256', '{"kty":"EC","x":"Ju6k_MsFH4HXjjTLJgbRbOiLycsEz-MSJ8fIjvv66N4","y":"w26eMzlQ_vp1ftKluxoZfNR5e6OJyDlirpn7v2RVtAs","crv":"P-256"}', 'DlvS3TfLFWfbd4UUv484KcI7-q3rIHSXNBTqzhln_05wjDyaOl88xYnI7zn2eGvU8bFw4FEmh7fJOJQFXuw4-BPc_QdBgnxT5bnk1E8meW6TlSaIMTqfWyokooSC1USucW-Gx94zGzS0luFHzKeC8tnQg8JmSBzwcKYLuDWz6jWQjASkHiyxsjr45TbdozmSrKhRjQ2t0B3O-qOqyxF9NlOjylwv6DI_GYYIxp3Q2aZ1DIiu3GwtQEL6W4MjdGDpCzD6KG-3liFHBlDBAMQYEPxHvzVUsVY8s4f_ZR47hZfcHos8lycLU6W3Zuz0aRER2osKEVEmRnkwjRPdU1G1cmmyl6L-5KCL2WTV-_w', 1769860800000, 1769860800000, NULL);
INSERT INTO "known_prefixes" ("user_id","prefix","last_login_at") VALUES ('01a22484-49d5-711b-8855-dcef9f5f15ab', '127.0.0.0/24', 1769860800000);
INSERT INTO "known_prefixes" ("user_id","prefix","last_login_at") VALUES ('01a22484-4a40-76d4-b38e-9218a8182b61', 'unknown', 1769860860000);
INSERT INTO "known_prefixes" ("user_id","prefix","last_login_at") VALUES ('01a22484-4b82-74c7-9e35-149438215a88', '127.0.0.0/24', 1769860860000);
INSERT INTO "mail" ("id","kind","user_id","address","attempts","created_at","next_attempt_at") VALUES ('01a22484-49da-71aa-8f9c-a64bb8ec98cf', 'verify_email', '01a22484-49d5-711b-8855-dcef9f5f15ab', 'alice@example.com', 0, 1769860800000, 1769860800000);
INSERT INTO "mail" ("id","kind","user_id","address","attempts","created_at","next_attempt_at") VALUES ('01a22484-4a3a-7743-a0f1-15d8e2cce417', 'factor_added', '01a22484-49d5-711b-8855-dcef9f5f15ab', 'alice@example.com', 0, 1769860800000, 1769860800000);
INSERT INTO "mail" ("id","kind","user_id","address","attempts","created_at","next_attempt_at") VALUES ('01a22484-4b7c-749a-ab7e-af48a7bb50f4', 'reset_password', '01a22484-49d5-711b-8855-dcef9f5f15ab', 'alice@example.com', 0, 1769860860000, 1769860860000);
INSERT INTO "one_time_tokens" ("hash","purpose","user_id","state","address","expires_at") VALUES ('the hash of a link', 'reset_password', '01a22484-49d5-711b-8855-dcef9f5f15ab', 'a state', NULL, 253370764800000);
INSERT INTO "passkeys" ("id","user_id","credential_id","public_key","counter","synced","backed_up","transports","name","created_at","last_used_at") VALUES ('01a22484-4b50-7611-86ea-08b92e3d7180', '01a22484-4a40-76d4-b38e-9218a8182b61', 'O5OpUUb3tpkILF-D46WjNOoY9wACWcrS4Np00YUKmlE', 'pQECAyYgASFYIBFJt_RzuBWAClRX_8YiWYFwCBYoRbX1s0Gvg7fjFAIuIlggvDD8OZx4It1KuFudiI9NbSjS-95ztA09IN8E_t7wS9I', 1, 0, 0, '["internal"]', 'Phone', 1769860860000, NULL);
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('EYYpd2a7Z7Wbx31qMeovuPlhnlVVk1tIsg14rwH0BSc', '01a22484-49d5-711b-8855-dcef9f5f15ab', 'SzR4NNQHVWfBEsG7rwsfsX68sw4N0ZDazaNgw7fnx1Ul0y93DyJ7PvHzLqcJhupLGkWS6NLhuzTDnZjZpvQ-GENS1pFxTfY');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('4ADUhnzLsTzNLxaHz52SkHsaFrxJq60MKhWD2OjOFz0', '01a22484-49d5-711b-8855-dcef9f5f15ab', 'SzR4NNQHVWfBEsG7rwsfsX68sw4N0ZDazaNgw7fnx1Ul0y93DyJ7PvHzLqcJhupLGkWS6NLhuzTDnZjZpvQ-GENS1pFxTfY');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('f43fKSfhXfgCQpGznOS9eCZJhNI_4fqXsSrLKP78hMk', '01a22484-49d5-711b-8855-dcef9f5f15ab', 'SzR4NNQHVWfBEsG7rwsfsX68sw4N0ZDazaNgw7fnx1Ul0y93DyJ7PvHzLqcJhupLGkWS6NLhuzTDnZjZpvQ-GENS1pFxTfY');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('o2G2W2B5NKLq1TXBepvZwzWzC_6kdVwuHbmBRHGg-7Q', '01a22484-49d5-711b-8855-dcef9f5f15ab', 'SzR4NNQHVWfBEsG7rwsfsX68sw4N0ZDazaNgw7fnx1Ul0y93DyJ7PvHzLqcJhupLGkWS6NLhuzTDnZjZpvQ-GENS1pFxTfY');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('UDeJwH-tjxLM23VoSE7s8AqLzrSYOKkmN1J0kBszlAk', '01a22484-49d5-711b-8855-dcef9f5f15ab', 'SzR4NNQHVWfBEsG7rwsfsX68sw4N0ZDazaNgw7fnx1Ul0y93DyJ7PvHzLqcJhupLGkWS6NLhuzTDnZjZpvQ-GENS1pFxTfY');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('n5__42_naJk18MUgQdIMy3k-MtqKN6AQsaBm7jDbmRY', '01a22484-49d5-711b-8855-dcef9f5f15ab', 'SzR4NNQHVWfBEsG7rwsfsX68sw4N0ZDazaNgw7fnx1Ul0y93DyJ7PvHzLqcJhupLGkWS6NLhuzTDnZjZpvQ-GENS1pFxTfY');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('2mdlw4IzYDteKiNR42JZUxRwc2Vu6tVkowGuwBL-mQs', '01a22484-49d5-711b-8855-dcef9f5f15ab', 'SzR4NNQHVWfBEsG7rwsfsX68sw4N0ZDazaNgw7fnx1Ul0y93DyJ7PvHzLqcJhupLGkWS6NLhuzTDnZjZpvQ-GENS1pFxTfY');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('6AONWdGnXghKbqHnkwdYOY1iQseJN_8Sbutc-GX4QPY', '01a22484-49d5-711b-8855-dcef9f5f15ab', 'SzR4NNQHVWfBEsG7rwsfsX68sw4N0ZDazaNgw7fnx1Ul0y93DyJ7PvHzLqcJhupLGkWS6NLhuzTDnZjZpvQ-GENS1pFxTfY');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('ggTc0gcvSPRRQHBjEH10PXzMY_EQRJDDoUxgsnRxQ-A', '01a22484-49d5-711b-8855-dcef9f5f15ab', 'SzR4NNQHVWfBEsG7rwsfsX68sw4N0ZDazaNgw7fnx1Ul0y93DyJ7PvHzLqcJhupLGkWS6NLhuzTDnZjZpvQ-GENS1pFxTfY');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('ZnJmiCzf00gTG-t2yvFav-fYI-1NEXmHuX_tkcRrCqs', '01a22484-49d5-711b-8855-dcef9f5f15ab', 'SzR4NNQHVWfBEsG7rwsfsX68sw4N0ZDazaNgw7fnx1Ul0y93DyJ7PvHzLqcJhupLGkWS6NLhuzTDnZjZpvQ-GENS1pFxTfY');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('UG4cnKGp5amL83jP1xsMr4U-cE8u9oR18bnp4Fu7F5c', '01a22484-4a40-76d4-b38e-9218a8182b61', 'PDNrWXvV93cQHggUfUu2TvzaLQgHHwWlszdRnNbZf-yO_fGXMbE8t3CFrmqEoPCtoOHnRgafVt1kc6qrogNVr54DVMEkMYQ');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('qjoRytk_wpvaP8fMlKa0W0F57NtjBzyuDz_Kky6Pnc4', '01a22484-4a40-76d4-b38e-9218a8182b61', 'PDNrWXvV93cQHggUfUu2TvzaLQgHHwWlszdRnNbZf-yO_fGXMbE8t3CFrmqEoPCtoOHnRgafVt1kc6qrogNVr54DVMEkMYQ');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('tXMmOwMC1hK4BVx70z53EUqMlT429_bRhBgzKfirMic', '01a22484-4a40-76d4-b38e-9218a8182b61', 'PDNrWXvV93cQHggUfUu2TvzaLQgHHwWlszdRnNbZf-yO_fGXMbE8t3CFrmqEoPCtoOHnRgafVt1kc6qrogNVr54DVMEkMYQ');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('OTOhyx0fFlYeCNixIsDGDY2CXFvNvOq0shtGqeHx704', '01a22484-4a40-76d4-b38e-9218a8182b61', 'PDNrWXvV93cQHggUfUu2TvzaLQgHHwWlszdRnNbZf-yO_fGXMbE8t3CFrmqEoPCtoOHnRgafVt1kc6qrogNVr54DVMEkMYQ');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('obE1PyAcEsOIrcrAqdZ_YpjjoMA_69smVthFQkzp1Rk', '01a22484-4a40-76d4-b38e-9218a8182b61', 'PDNrWXvV93cQHggUfUu2TvzaLQgHHwWlszdRnNbZf-yO_fGXMbE8t3CFrmqEoPCtoOHnRgafVt1kc6qrogNVr54DVMEkMYQ');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('Pr8BgbN3WUTe4e7GvojvxuuOV7hFWLt8DvwWkve38z8', '01a22484-4a40-76d4-b38e-9218a8182b61', 'PDNrWXvV93cQHggUfUu2TvzaLQgHHwWlszdRnNbZf-yO_fGXMbE8t3CFrmqEoPCtoOHnRgafVt1kc6qrogNVr54DVMEkMYQ');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('9eHD9nzqn2rL-B8ZF7c5vZS400yN3AHjqsVxHwsqEQ8', '01a22484-4a40-76d4-b38e-9218a8182b61', 'PDNrWXvV93cQHggUfUu2TvzaLQgHHwWlszdRnNbZf-yO_fGXMbE8t3CFrmqEoPCtoOHnRgafVt1kc6qrogNVr54DVMEkMYQ');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('Xj18T3u813l4QMeHMJgmr98egJcLv4HCfE6joxOev1Y', '01a22484-4a40-76d4-b38e-9218a8182b61', 'PDNrWXvV93cQHggUfUu2TvzaLQgHHwWlszdRnNbZf-yO_fGXMbE8t3CFrmqEoPCtoOHnRgafVt1kc6qrogNVr54DVMEkMYQ');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('h3aEhpiuOXXlYjd4sh1ADz85qHikmUhvbzvQVeDXZ4I', '01a22484-4a40-76d4-b38e-9218a8182b61', 'PDNrWXvV93cQHggUfUu2TvzaLQgHHwWlszdRnNbZf-yO_fGXMbE8t3CFrmqEoPCtoOHnRgafVt1kc6qrogNVr54DVMEkMYQ');
INSERT INTO "recovery_codes" ("hash","user_id","key_sealed") VALUES ('Ggc5l9i0zqnn431SGdCmzewdd6cr4PobjiD19882BHc', '01a22484-4a40-76d4-b38e-9218a8182b61', 'PDNrWXvV93cQHggUfUu2TvzaLQgHHwWlszdRnNbZf-yO_fGXMbE8t3CFrmqEoPCtoOHnRgafVt1kc6qrogNVr54DVMEkMYQ');
INSERT INTO "seals" ("number","previous","events","digest","at","public_key","signature","pruned") VALUES (1, '', 14, 'f563cae198d0fa2ca3325dfcf2b01e65fb98fb9ca3c7188d04ec76bf78ad7920', 1769860860000, 'dfkFKUu7b-uXTf34JfHa0uuDbu9w5_lLNSdxkNrxEos', 'bIez0D_UNpo2a10Ed108zCeVbHgmUV-tYzI9fcaNUCzU2Q8qa1crATqciuSi1vPnIMN7DLG0T3UMQiYasvC7DA', NULL);
INSERT INTO "sessions" ("id","user_id","client_id","client_epoch","scope","counter","retried_counter","created_at","rotated_at","last_used_at","expires_at","idle_expires_at","ends_on","revoked_at","ip","last_ip","user_agent","amr","auth_time") VALUES ('01a22484-49fb-74a2-a123-7395dbf12ab5', '01a22484-49d5-711b-8855-dcef9f5f15ab', 'first-party', NULL, '["me"]', 0, NULL, 1769860800000, 1769860800000, 1769860800000, 1777636800000, 1771070400000, 20498, NULL, '127.0.0.1', '127.0.0.1', 'lightMyRequest', '["pwd","otp","mfa"]', 1769860860000);
INSERT INTO "sessions" ("id","user_id","client_id","client_epoch","scope","counter","retried_counter","created_at","rotated_at","last_used_at","expires_at","idle_expires_at","ends_on","revoked_at","ip","last_ip","user_agent","amr","auth_time") VALUES ('01a22484-4a41-775c-920a-4c1f10e0225c', '01a22484-4a40-76d4-b38e-9218a8182b61', 'first-party', NULL, '["me"]', 0, NULL, 1769860860000, 1769860860000, 1769860860000, 1777636860000, 1771070460000, 20498, NULL, '192.0.2.1', '192.0.2.1', NULL, '["pwd"]', 1769860860000);
INSERT INTO "sessions" ("id","user_id","client_id","client_epoch","scope","counter","retried_counter","created_at","rotated_at","last_used_at","expires_at","idle_expires_at","ends_on","revoked_at","ip","last_ip","user_agent","amr","auth_time") VALUES ('01a22484-4b88-753a-bcfe-b61966469e09', '01a22484-4b82-74c7-9e35-149438215a88', 'first-party', NULL, '["me","orders:read"]', 0, NULL, 1769860860000, 1769860860000, 1769860860000, 1777636860000, 1771070460000, 20498, NULL, '127.0.0.1', '127.0.0.1', 'lightMyRequest', '["pwd"]', 1769860860000);
INSERT INTO "setup_links" ("hash","expires_at") VALUES ('zBJh_PEF8Y6Wq4utVDBwlA9AnvCpcJ2-OMBwOvr7zZs', 1769864400000);
INSERT INTO "spent" ("id","expires_at") VALUES ('totp:01a22484-4a1c-73e2-b864-4b7462daf9e3:58995360', 1769864400000);
INSERT INTO "spent" ("id","expires_at") VALUES ('01a22484-4a3d-7360-a6e9-e0fffc557245', 1769860860000);
INSERT INTO "spent" ("id","expires_at") VALUES ('passkey-challenge:01a22484-4a44-74e6-a4d8-0459c310cf2f', 1769865060000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('first-link:yg2fsIG7e27v1PiWLXMTzhw75KmrS9xWvsDhxVlzIJM', 1772452800000, 1772452800000, 1769857200000, 2592000000, 1, 1, 2592000000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('first-links:_42YGfwOEr8NJIkuRZh-JJoo3Og2qFytYOKOqqjG2XY', 1769862600000, 0, 1769857200000, 1800000, 50, 50, 1800000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('account:01a22484-49d5-711b-8855-dcef9f5f15ab', 1769860800000, 0, 1769857200000, 3600000, 10, 20, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('prefix:127.0.0.0/24', 1769860870000, 0, 1769857200000, 10000, 50, 60, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('logins:01a22484-49d5-711b-8855-dcef9f5f15ab', 1769860812000, 0, 1769857200000, 12000, 300, 310, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('profile:01a22484-49d5-711b-8855-dcef9f5f15ab', 1769860860000, 0, 1769857200000, 60000, 60, 70, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('code:01a22484-49d5-711b-8855-dcef9f5f15ab', 1769860800000, 0, 1769857200000, 3600000, 10, 20, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('consecutive-codes:01a22484-4a1c-73e2-b864-4b7462daf9e3', 1769860800000, 0, 1769857200000, 31536000000, 100, 100, 31536000000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('account:01a22484-4a40-76d4-b38e-9218a8182b61', 1769864460000, 0, 1769857260000, 3600000, 10, 20, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('consecutive:01a22484-4a40-76d4-b38e-9218a8182b61', 1801396860000, 0, 1769857260000, 31536000000, 100, 100, 31536000000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('mail:127.0.0.0/24', 1769860980000, 0, 1769857260000, 120000, 30, 40, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('mailbox:reset_password:_42YGfwOEr8NJIkuRZh-JJoo3Og2qFytYOKOqqjG2XY', 1769864460000, 0, 1769857260000, 3600000, 3, 15, 3600000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('account:01a22484-4b82-74c7-9e35-149438215a88', 1769860860000, 0, 1769857260000, 3600000, 10, 20, 900000);
INSERT INTO "throttle" ("key","clears_at","waits_until","forgiven_at","forgive_ms","free","most","longest_ms") VALUES ('logins:01a22484-4b82-74c7-9e35-149438215a88', 1769860872000, 0, 1769857260000, 12000, 300, 310, 900000);
INSERT INTO "totp" ("id","user_id","secret_sealed","created_at","confirmed_at") VALUES ('01a22484-4a1c-73e2-b864-4b7462daf9e3', '01a22484-49d5-711b-8855-dcef9f5f15ab', 'Erdntkvu4mr-VYWAx7YpfdvMhLpvHrhFmxfeZqre4NDo2uOkbCtFkn_xnMaIBQbGMEsS2JW3nnVkjY9_', 1769860800000, 1769860800000);
