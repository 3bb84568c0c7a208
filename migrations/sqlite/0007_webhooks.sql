CREATE TABLE `webhooks` (
	`id` text PRIMARY KEY NOT NULL,
	`url` text NOT NULL,
	`events` text NOT NULL,
	`details` integer NOT NULL,
	`secret_sealed` text NOT NULL,
	`created_by` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`epoch` integer DEFAULT 0 NOT NULL,
	`seal` integer NOT NULL,
	`seq` integer NOT NULL,
	`reached_at` integer,
	`lost` integer DEFAULT 0 NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`failing_since` integer,
	`next_attempt_at` integer NOT NULL,
	`paused_at` integer,
	`pause_reason` text,
	`deliveries` text DEFAULT '[]' NOT NULL,
	`lease_owner` text,
	`lease_until` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE `clients` ADD `event_details` integer DEFAULT false NOT NULL;