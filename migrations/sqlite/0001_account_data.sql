CREATE TABLE `email_codes` (
	`user_id` text PRIMARY KEY NOT NULL,
	`series` text NOT NULL,
	`state` text NOT NULL,
	`address` text NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `email_codes_expiry` ON `email_codes` (`expires_at`);--> statement-breakpoint
ALTER TABLE `users` ADD `data` text DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `claims` text DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `invited_at` integer;