DROP INDEX `users_email_unique`;--> statement-breakpoint
ALTER TABLE `users` ADD `pending_email` text;--> statement-breakpoint
CREATE UNIQUE INDEX `users_verified_email` ON `users` (`email`) WHERE email_verified;--> statement-breakpoint
ALTER TABLE `one_time_tokens` ADD `address` text;