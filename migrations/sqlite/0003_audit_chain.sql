-- Written by hand where the rows get their numbers; the rest is as drizzle-kit made it.
PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_audit` (
	`seq` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`action` text NOT NULL,
	`actor` text,
	`subject` text,
	`client_id` text,
	`ip` text,
	`detail` text NOT NULL,
	`hash` text
);
--> statement-breakpoint
INSERT INTO `__new_audit`("seq", "at", "action", "actor", "subject", "client_id", "ip", "detail", "hash") SELECT row_number() OVER (ORDER BY "id"), "at", "action", "actor", "subject", "client_id", "ip", "detail", NULL FROM `audit`;--> statement-breakpoint
DROP TABLE `audit`;--> statement-breakpoint
ALTER TABLE `__new_audit` RENAME TO `audit`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE INDEX `audit_at` ON `audit` (`at`);--> statement-breakpoint
CREATE INDEX `audit_subject` ON `audit` (`subject`,`at`);