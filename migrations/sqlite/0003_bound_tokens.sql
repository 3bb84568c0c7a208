ALTER TABLE `clients` ADD `dpop_bound` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `passkeys` ADD `confirmed_at` integer DEFAULT 0;--> statement-breakpoint
ALTER TABLE `sessions` ADD `jkt` text;