DELETE FROM `throttle`;--> statement-breakpoint
ALTER TABLE `throttle` ADD `waits_until` integer NOT NULL;--> statement-breakpoint
ALTER TABLE `throttle` ADD `forgiven_at` integer NOT NULL;--> statement-breakpoint
ALTER TABLE `throttle` ADD `forgive_ms` integer NOT NULL;--> statement-breakpoint
ALTER TABLE `throttle` ADD `free` integer NOT NULL;--> statement-breakpoint
ALTER TABLE `throttle` ADD `most` integer NOT NULL;--> statement-breakpoint
ALTER TABLE `throttle` ADD `longest_ms` integer NOT NULL;--> statement-breakpoint
ALTER TABLE `throttle` DROP COLUMN `last_at`;