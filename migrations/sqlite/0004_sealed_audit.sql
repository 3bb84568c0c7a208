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
DROP INDEX `sessions_expiry`;--> statement-breakpoint
DROP INDEX `sessions_user`;--> statement-breakpoint
ALTER TABLE `sessions` ADD `client_epoch` integer;--> statement-breakpoint
ALTER TABLE `sessions` ADD `retried_counter` integer;--> statement-breakpoint
ALTER TABLE `sessions` ADD `ends_on` integer NOT NULL DEFAULT 0;--> statement-breakpoint
ALTER TABLE `sessions` ADD `last_ip` text;--> statement-breakpoint
UPDATE `sessions` SET
	`client_epoch` = CASE WHEN `client_id` IN (SELECT `id` FROM `clients`) THEN 0 END,
	`ends_on` = min(`expires_at`, `idle_expires_at`, coalesce(`revoked_at`, `expires_at`)) / 86400000,
	`last_ip` = `ip`;--> statement-breakpoint
CREATE INDEX `sessions_end` ON `sessions` (`ends_on`);--> statement-breakpoint
CREATE INDEX `sessions_user` ON `sessions` (`user_id`,`revoked_at`,`created_at`);--> statement-breakpoint
DROP INDEX `audit_at`;--> statement-breakpoint
DROP INDEX `audit_subject`;--> statement-breakpoint
ALTER TABLE `audit` ADD `seal` integer;--> statement-breakpoint
CREATE INDEX `audit_seal` ON `audit` (`seal`,`seq`);--> statement-breakpoint
CREATE INDEX `audit_at` ON `audit` (`at`,`seq`);--> statement-breakpoint
CREATE INDEX `audit_subject` ON `audit` (`subject`,`at`,`seq`);--> statement-breakpoint
ALTER TABLE `audit` DROP COLUMN `hash`;--> statement-breakpoint
ALTER TABLE `clients` ADD `login_epoch` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `clients` ADD `own_epoch` integer DEFAULT 0 NOT NULL;