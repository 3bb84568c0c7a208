CREATE TABLE `known_prefixes` (
	`user_id` text NOT NULL,
	`prefix` text NOT NULL,
	`last_login_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `prefix`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `known_prefixes_login` ON `known_prefixes` (`last_login_at`);--> statement-breakpoint
CREATE TABLE `throttle` (
	`key` text PRIMARY KEY NOT NULL,
	`last_at` integer NOT NULL,
	`clears_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `throttle_clears` ON `throttle` (`clears_at`);