DROP INDEX `mail_due`;--> statement-breakpoint
CREATE INDEX `mail_due` ON `mail` (`next_attempt_at`,`id`);--> statement-breakpoint
ALTER TABLE `recovery_codes` ADD `key_sealed` text;