/*-------------------------------------------------------------------------
 *
 * rowtext_datetime.c
 *	  Writers of dates and times, in the ISO style.
 *
 * Two things are dear in the output functions, and remembered here: the
 * calendar date of a day, since the next row often has the same, and the
 * offset of the session's time zone, which holds until the zone's next
 * transition.  Zones with one fixed offset, UTC above all, need no search at
 * all.  What is beyond the years that time zone data describes well goes
 * through the output function, and so does everything in another DateStyle.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/unit/rowtext_datetime.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "unit/rowtext_types.h"

/* date, time, fraction, offset and " BC" */
#define BP_DATETIME_BYTES	64

/* Where offsets are remembered in zones that change: 1970 to 2037. */
#define BP_ZONE_FIRST		((pg_time_t) 0)
#define BP_ZONE_LAST		((pg_time_t) 0x7FFFFFFF)

#define BP_UNIX_TO_POSTGRES_SECS \
	((pg_time_t) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

/* A number that is not negative, padded with zeros to four digits. */
static char *
put_year(char *p, unsigned year)
{
	char		digits[12];
	int			n = 0;

	if (year < 10000)
	{
		p = bp_rowtext_put2(p, year / 100);
		return bp_rowtext_put2(p, year % 100);
	}
	for (; year > 0; year /= 10)
		digits[n++] = '0' + year % 10;
	while (n > 0)
		*p++ = digits[--n];
	return p;
}

/* Puts the date of a Julian day, without its " BC": that comes last. */
static inline char *
put_day(char *p, BpTextDay *day, int julian)
{
	if (day->julian != julian)
	{
		char	   *t = day->text;
		int			year;
		int			month;
		int			mday;

		j2date(julian, &year, &month, &mday);
		day->bc = year <= 0;
		t = put_year(t, day->bc ? 1 - year : year);
		*t++ = '-';
		t = bp_rowtext_put2(t, month);
		*t++ = '-';
		t = bp_rowtext_put2(t, mday);
		day->len = t - day->text;
		day->julian = julian;
	}
	memcpy(p, day->text, sizeof(day->text));
	return p + day->len;
}

static inline char *
put_bc(char *p, const BpTextDay *day)
{
	if (unlikely(day->bc))
	{
		memcpy(p, " BC", 3);
		p += 3;
	}
	return p;
}

/* Puts a time of day, in microseconds; zeros that end a fraction are cut. */
static inline char *
put_time(char *p, int64 time)
{
	unsigned	seconds = (unsigned) (time / USECS_PER_SEC);
	unsigned	fraction = (unsigned) (time % USECS_PER_SEC);
	unsigned	minutes = seconds / 60;

	p = bp_rowtext_put2(p, minutes / 60);
	*p++ = ':';
	p = bp_rowtext_put2(p, minutes % 60);
	*p++ = ':';
	p = bp_rowtext_put2(p, seconds % 60);
	if (fraction != 0)
	{
		*p++ = '.';
		p = bp_rowtext_put2(p, fraction / 10000);
		p = bp_rowtext_put2(p, fraction / 100 % 100);
		p = bp_rowtext_put2(p, fraction % 100);
		while (p[-1] == '0')
			p--;
	}
	return p;
}

/*
 * Splits a timestamp into Julian day and time of day; false if the day is
 * none that the output function can write.
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

static void
write_date(BpTextColumn *col, Datum value, BpBuffer *buf)
{
	DateADT		date = DatumGetDateADT(value);
	char	   *p;

	if (unlikely(!IS_VALID_DATE(date)))
	{
		bp_rowtext_write_output(col, value, buf);
		return;
	}
	p = bp_rowtext_room(buf, BP_DATETIME_BYTES);
	p = put_day(p, &col->day, date + POSTGRES_EPOCH_JDATE);
	buf->len = put_bc(p, &col->day) - buf->data;
}

static void
write_time(BpTextColumn *col, Datum value, BpBuffer *buf)
{
	TimeADT		time = DatumGetTimeADT(value);
	char	   *p;

	if (unlikely(time < 0 || time > USECS_PER_DAY))
	{
		bp_rowtext_write_output(col, value, buf);
		return;
	}
	p = bp_rowtext_room(buf, BP_DATETIME_BYTES);
	buf->len = put_time(p, time) - buf->data;
}

static void
write_timestamp(BpTextColumn *col, Datum value, BpBuffer *buf)
{
	Timestamp	timestamp = DatumGetTimestamp(value);
	int			julian;
	int64		time;
	char	   *p;

	if (unlikely(!IS_VALID_TIMESTAMP(timestamp) ||
				 !split_timestamp(timestamp, &julian, &time)))
	{
		bp_rowtext_write_output(col, value, buf);
		return;
	}
	p = bp_rowtext_room(buf, BP_DATETIME_BYTES);
	p = put_day(p, &col->day, julian);
	*p++ = ' ';
	p = put_time(p, time);
	buf->len = put_bc(p, &col->day) - buf->data;
}

/* Sets the zone's offset, and the text of it. */
static void
set_zone(BpTextZone *zone, pg_time_t from, pg_time_t until, long gmtoff)
{
	unsigned	seconds = (unsigned) labs(gmtoff);
	char	   *p = zone->text;

	*p++ = gmtoff >= 0 ? '+' : '-';
	p = bp_rowtext_put2(p, seconds / SECS_PER_HOUR);
	if (seconds % SECS_PER_HOUR != 0)
	{
		*p++ = ':';
		p = bp_rowtext_put2(p, seconds / SECS_PER_MINUTE % 60);
	}
	if (seconds % SECS_PER_MINUTE != 0)
	{
		*p++ = ':';
		p = bp_rowtext_put2(p, seconds % 60);
	}
	zone->len = p - zone->text;
	zone->from = from;
	zone->until = until;
	zone->gmtoff = gmtoff;
}

/* Looks up the offset at 'now'; false if it is not to be remembered. */
static bool
find_zone(BpTextZone *zone, pg_time_t now)
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

static void
write_timestamptz(BpTextColumn *col, Datum value, BpBuffer *buf)
{
	TimestampTz timestamp = DatumGetTimestampTz(value);
	BpTextZone *zone = &col->zone;
	pg_time_t	now;
	int			julian;
	int64		time;
	char	   *p;

	if (unlikely(!IS_VALID_TIMESTAMP(timestamp)))
	{
		bp_rowtext_write_output(col, value, buf);
		return;
	}
	now = timestamp / USECS_PER_SEC + BP_UNIX_TO_POSTGRES_SECS;
	if (timestamp % USECS_PER_SEC < 0)
		now--;
	if ((unlikely(now < zone->from || now >= zone->until) &&
		 !find_zone(zone, now)) ||
		!split_timestamp(timestamp + zone->gmtoff * USECS_PER_SEC,
						 &julian, &time))
	{
		bp_rowtext_write_output(col, value, buf);
		return;
	}
	p = bp_rowtext_room(buf, BP_DATETIME_BYTES);
	p = put_day(p, &col->day, julian);
	*p++ = ' ';
	p = put_time(p, time);
	memcpy(p, zone->text, sizeof(zone->text));
	p += zone->len;
	buf->len = put_bc(p, &col->day) - buf->data;
}

/* The writer for an output function; NULL if there is none. */
BpTextWriter
bp_rowtext_datetime_writer(PGFunction output)
{
	if (DateStyle != USE_ISO_DATES)
		return NULL;
	if (output == date_out)
		return write_date;
	if (output == time_out)
		return write_time;
	if (output == timestamp_out)
		return write_timestamp;
	if (output == timestamptz_out)
		return write_timestamptz;
	return NULL;
}

/* Prepares what the writers remember. */
void
bp_rowtext_init_datetime(BpTextColumn *col)
{
	long		gmtoff;

	col->day.julian = -1;
	if (session_timezone != NULL &&
		pg_get_timezone_offset(session_timezone, &gmtoff) &&
		labs(gmtoff) < 100 * SECS_PER_HOUR)
		set_zone(&col->zone, PG_INT64_MIN, PG_INT64_MAX, gmtoff);
}
