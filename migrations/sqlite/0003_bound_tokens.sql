ALTER TABLE `clients` ADD `dpop_bound` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `passkeys` ADD `confirmed_at` integer;--> statement-breakpoint
ALTER TABLE `sessions` ADD `jkt` text;--> statement-breakpoint
UPDATE `passkeys` SET `confirmed_at` = `created_at`;