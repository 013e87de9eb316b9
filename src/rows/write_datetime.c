/*-------------------------------------------------------------------------
 *
 * write_datetime.c
 *	  Writers of dates, times and intervals, in the ISO and postgres styles.
 *
 * The output functions spend most of their time on two things, which are
 * cached here: the calendar date of a day, because the next row often has the
 * same day, and the offset of the session's time zone, which is valid until
 * the zone's next transition.  A zone with a fixed offset, such as UTC, needs
 * no lookup at all.  Timestamps outside the years in which offsets are cached
 * go through the output function.  With another DateStyle or IntervalStyle,
 * choose_writer.c does not choose these writers.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/write_datetime.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "rows/write_datetime.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

/* The Julian days of 0000-03-01, 0001-01-01 and 9999-12-31 */
#define BP_MARCH_JDATE		1721120
#define BP_FIRST_JDATE		1721426
#define BP_LAST_JDATE		5373484

/* Offsets of zones with transitions are cached from 1970 to 2037. */
#define BP_ZONE_FIRST		((pg_time_t) 0)
#define BP_ZONE_LAST		((pg_time_t) 0x7FFFFFFF)

#define BP_UNIX_TO_POSTGRES_SECS \
	((pg_time_t) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

/* Writes a year, padded with zeros to four digits. */
static char *
put_year(char *p, unsigned year)
{
	if (year >= 10000)
		return p + pg_ultoa_n(year, p);
	p = bp_writer_put2(p, year / 100);
	return bp_writer_put2(p, year % 100);
}

/*
 * The date of a Julian day in the years 1 to 9999.  All divisions are by
 * constants, so they compile to multiplications.  The algorithm is from C.
 * Neri, L. Schneider, "Euclidean affine functions and their application to
 * calendar algorithms" (2022).  It counts years that begin in March.
 */
static inline void
split_day(int julian, int *year, int *month, int *mday)
{
	uint32		n1 = 4 * (uint32) (julian - BP_MARCH_JDATE) + 3;
	uint32		century = n1 / 146097;
	uint64		n2 = UINT64CONST(2939745) * ((n1 % 146097) | 3);
	uint32		year_day = (uint32) n2 / 2939745 / 4;
	uint32		n3 = 2141 * year_day + 197913;
	bool		next = year_day >= 306;

	*year = (int) (100 * century + (uint32) (n2 >> 32) + (next ? 1 : 0));
	*month = (int) (n3 >> 16) - (next ? 12 : 0);
	*mday = (int) ((n3 & 0xFFFF) / 2141 + 1);
}

/* Writes the date of a Julian day, without " BC", which put_bc adds. */
static inline char *
put_day(char *p, BpWriteDay *day, int julian)
{
	if (day->julian != julian)
	{
		char	   *t = day->text;
		int			year;
		int			month;
		int			mday;

		if (likely(julian >= BP_FIRST_JDATE && julian <= BP_LAST_JDATE))
			split_day(julian, &year, &month, &mday);
		else
			j2date(julian, &year, &month, &mday);
		day->bc = year <= 0;
		t = put_year(t, day->bc ? 1 - year : year);
		*t++ = '-';
		t = bp_writer_put2(t, month);
		*t++ = '-';
		t = bp_writer_put2(t, mday);
		day->len = t - day->text;
		day->julian = julian;
	}
	memcpy(p, day->text, sizeof(day->text));
	return p + day->len;
}

static inline char *
put_bc(char *p, const BpWriteDay *day)
{
	if (unlikely(day->bc))
	{
		memcpy(p, " BC", 3);
		p += 3;
	}
	return p;
}

/* Writes a time of day in microseconds, without trailing zeros. */
static inline char *
put_time(char *p, int64 time)
{
	unsigned	seconds = (unsigned) (time / USECS_PER_SEC);
	unsigned	fraction = (unsigned) (time % USECS_PER_SEC);
	unsigned	minutes = seconds / 60;

	p = bp_writer_put2(p, minutes / 60);
	*p++ = ':';
	p = bp_writer_put2(p, minutes % 60);
	*p++ = ':';
	p = bp_writer_put2(p, seconds % 60);
	if (fraction != 0)
	{
		*p++ = '.';
		p = bp_writer_put2(p, fraction / 10000);
		p = bp_writer_put2(p, fraction / 100 % 100);
		p = bp_writer_put2(p, fraction % 100);
		while (p[-1] == '0')
			p--;
	}
	return p;
}

/*
 * Splits a timestamp into Julian day and time of day.  False if the Julian day
 * would be negative.
 */
static inline bool
split_timestamp(Timestamp timestamp, int *julian, int64 *time)
{
	int64		days = timestamp / USECS_PER_DAY;

	*time = timestamp % USECS_PER_DAY;
	if (*time < 0)
	{
		*time += USECS_PER_DAY;
		days--;
	}
	days += POSTGRES_EPOCH_JDATE;
	*julian = (int) days;
	return days >= 0;
}

char *
bp_rowtext_write_date(BpWriteColumn *col, const char *value, char *p,
					  BpBuffer *buf)
{
	DateADT		date = *(const DateADT *) value;

	if (unlikely(!IS_VALID_DATE(date)))
		return bp_writer_write_output(col, value, p, buf);
	p = put_day(p, &col->day, date + POSTGRES_EPOCH_JDATE);
	return put_bc(p, &col->day);
}

char *
bp_rowtext_write_time(BpWriteColumn *col, const char *value, char *p,
					  BpBuffer *buf)
{
	TimeADT		time = *(const TimeADT *) value;

	if (unlikely(time < 0 || time > USECS_PER_DAY))
		return bp_writer_write_output(col, value, p, buf);
	return put_time(p, time);
}

char *
bp_rowtext_write_timestamp(BpWriteColumn *col, const char *value, char *p,
						   BpBuffer *buf)
{
	Timestamp	timestamp = *(const Timestamp *) value;
	int			julian;
	int64		time;

	if (unlikely(!IS_VALID_TIMESTAMP(timestamp) ||
				 !split_timestamp(timestamp, &julian, &time)))
		return bp_writer_write_output(col, value, p, buf);
	p = put_day(p, &col->day, julian);
	*p++ = ' ';
	p = put_time(p, time);
	return put_bc(p, &col->day);
}

/* Writes an offset from UTC, in seconds east, of less than 100 hours. */
static char *
put_zone(char *p, long gmtoff)
{
	unsigned	seconds = (unsigned) labs(gmtoff);

	*p++ = gmtoff >= 0 ? '+' : '-';
	p = bp_writer_put2(p, seconds / SECS_PER_HOUR);
	if (seconds % SECS_PER_HOUR != 0)
	{
		*p++ = ':';
		p = bp_writer_put2(p, seconds / SECS_PER_MINUTE % 60);
	}
	if (seconds % SECS_PER_MINUTE != 0)
	{
		*p++ = ':';
		p = bp_writer_put2(p, seconds % 60);
	}
	return p;
}

/* Caches an offset and its text. */
static void
set_zone(BpWriteZone *zone, pg_time_t from, pg_time_t until, long gmtoff)
{
	zone->len = put_zone(zone->text, gmtoff) - zone->text;
	zone->from = from;
	zone->until = until;
	zone->gmtoff = gmtoff;
}

/* Looks up the offset at 'now' and caches it; false if it cannot be cached. */
static bool
find_zone(BpWriteZone *zone, pg_time_t now)
{
	pg_time_t	boundary = BP_ZONE_LAST;
	long		before;
	long		after;
	int			before_dst;
	int			after_dst;
	int			found;
	struct pg_tm *tm;

	if (now < BP_ZONE_FIRST || now >= BP_ZONE_LAST)
		return false;
	found = pg_next_dst_boundary(&now, &before, &before_dst, &boundary,
								 &after, &after_dst, session_timezone);
	if (found < 0)
		return false;
	if (found == 0 || boundary > BP_ZONE_LAST)
		boundary = BP_ZONE_LAST;
	tm = pg_localtime(&now, session_timezone);
	if (tm == NULL || tm->tm_gmtoff != before || boundary <= now ||
		labs(before) >= 100 * SECS_PER_HOUR)
		return false;

	set_zone(zone, now, boundary, before);
	return true;
}

char *
bp_rowtext_write_timestamptz(BpWriteColumn *col, const char *value, char *p,
							 BpBuffer *buf)
{
	TimestampTz timestamp = *(const TimestampTz *) value;
	BpWriteZone *zone = &col->zone;
	pg_time_t	now;
	int			julian;
	int64		time;

	if (unlikely(!IS_VALID_TIMESTAMP(timestamp)))
		return bp_writer_write_output(col, value, p, buf);
	now = timestamp / USECS_PER_SEC + BP_UNIX_TO_POSTGRES_SECS;
	if (timestamp % USECS_PER_SEC < 0)
		now--;
	if ((unlikely(now < zone->from || now >= zone->until) &&
		 !find_zone(zone, now)) ||
		!split_timestamp(timestamp + zone->gmtoff * USECS_PER_SEC,
						 &julian, &time))
		return bp_writer_write_output(col, value, p, buf);
	p = put_day(p, &col->day, julian);
	*p++ = ' ';
	p = put_time(p, time);
	memcpy(p, zone->text, sizeof(zone->text));
	p += zone->len;
	return put_bc(p, &col->day);
}

char *
bp_rowtext_write_timetz(BpWriteColumn *col, const char *value, char *p,
						BpBuffer *buf)
{
	const TimeTzADT *timetz = (const TimeTzADT *) value;

	if (unlikely(timetz->time < 0 || timetz->time > USECS_PER_DAY ||
				 labs((long) timetz->zone) >= 100 * SECS_PER_HOUR))
		return bp_writer_write_output(col, value, p, buf);
	return put_zone(put_time(p, timetz->time), -(long) timetz->zone);
}

/*
 * Writes a part of an interval such as "3 mons", and nothing if it is zero.  A
 * positive part after a negative one gets a plus sign.
 */
static char *
put_interval_part(char *p, const char *begin, int64 value, const char *unit,
				  bool *before)
{
	if (value == 0)
		return p;
	if (p != begin)
		*p++ = ' ';
	if (*before && value > 0)
		*p++ = '+';
	p += pg_lltoa(value, p);
	*p++ = ' ';
	p = bp_writer_put(p, unit, strlen(unit));
	if (value != 1)
		*p++ = 's';
	*before = value < 0;
	return p;
}

char *
bp_rowtext_write_interval(BpWriteColumn *col, const char *value, char *p,
						  BpBuffer *buf)
{
	const Interval *interval = (const Interval *) value;
	const char *begin = p;
	uint64		time;
	bool		before = false;

	/* since release 17 such values may be infinities */
	if (unlikely(interval->month == PG_INT32_MAX ||
				 interval->month == PG_INT32_MIN))
		return bp_writer_write_output(col, value, p, buf);

	p = put_interval_part(p, begin, interval->month / MONTHS_PER_YEAR, "year",
						  &before);
	p = put_interval_part(p, begin, interval->month % MONTHS_PER_YEAR, "mon",
						  &before);
	p = put_interval_part(p, begin, interval->day, "day", &before);
	if (p != begin)
	{
		if (interval->time == 0)
			return p;
		*p++ = ' ';
	}
	time = (uint64) interval->time;
	if (interval->time < 0)
	{
		time = -time;
		*p++ = '-';
	}
	else if (before)
		*p++ = '+';
	if (likely(time < (uint64) 100 * USECS_PER_HOUR))
		return put_time(p, (int64) time);

	/*
	 * the hours have three or more digits: write them here, and remove the
	 * two digits that put_time writes for the hours
	 */
	p += pg_ulltoa_n(time / USECS_PER_HOUR, p);
	begin = p;
	p = put_time(p, (int64) (time % USECS_PER_HOUR));
	memmove((char *) begin, begin + 2, p - begin - 2);
	return p - 2;
}

void
bp_rowtext_init_datetime(BpWriteColumn *col)
{
	long		gmtoff;

	col->day.julian = -1;
	if (session_timezone != NULL &&
		pg_get_timezone_offset(session_timezone, &gmtoff) &&
		labs(gmtoff) < 100 * SECS_PER_HOUR)
		set_zone(&col->zone, PG_INT64_MIN, PG_INT64_MAX, gmtoff);
}
