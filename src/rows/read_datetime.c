/*-------------------------------------------------------------------------
 *
 * read_datetime.c
 *	  Readers of dates and times in ISO style.
 *
 * They read years from 0001 to 9999 with four digits, valid months and days,
 * hours up to 23, seconds with up to six decimals, and a numeric offset from
 * UTC.  Such text has the same meaning in every DateStyle.  The input function
 * reads all other text (infinity, BC, later years, names of zones, 24:00).
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/read_datetime.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "rows/read_datetime.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#define BP_DATE_LEN		10		/* 2026-11-22 */
#define BP_TIME_LEN		8		/* 18:55:01 */

/* The number that two digits make; more than 99 if they are not digits. */
static inline unsigned
two_digits(const char *p)
{
	unsigned	high = (unsigned char) p[0] - '0';
	unsigned	low = (unsigned char) p[1] - '0';

	return high > 9 || low > 9 ? 1000 : high * 10 + low;
}

/* Reads the date at 'p', as days since 2000-01-01. */
static inline bool
parse_date(const char *p, int *days)
{
	unsigned	century = two_digits(p);
	unsigned	year = two_digits(p + 2);
	unsigned	month = two_digits(p + 5);
	unsigned	day = two_digits(p + 8);

	if (century > 99 || year > 99 || p[4] != '-' || p[7] != '-' ||
		month < 1 || month > MONTHS_PER_YEAR || day < 1)
		return false;
	year += century * 100;
	if (year < 1 || day > (unsigned) day_tab[isleap(year)][month - 1])
		return false;
	*days = date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
	return true;
}

/*
 * Reads the time at *p, in microseconds, and sets *p to the address behind
 * it.  Returns false if the time has more than 'places' decimals, since it
 * would have to be rounded.
 */
static inline bool
parse_time(const char **p, const char *end, int places, int64 *usecs)
{
	static const int factors[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
	const char *s = *p;
	unsigned	hour;
	unsigned	minute;
	unsigned	second;
	int64		fraction = 0;
	int			n = 0;

	if (end - s < BP_TIME_LEN || s[2] != ':' || s[5] != ':')
		return false;
	hour = two_digits(s);
	minute = two_digits(s + 3);
	second = two_digits(s + 6);
	if (hour >= HOURS_PER_DAY || minute >= MINS_PER_HOUR ||
		second >= SECS_PER_MINUTE)
		return false;
	s += BP_TIME_LEN;
	if (s < end && *s == '.')
	{
		for (s++; s < end && (unsigned char) (*s - '0') <= 9; s++)
		{
			if (++n > places)
				return false;
			fraction = fraction * 10 + (*s - '0');
		}
		if (n == 0)
			return false;
	}
	*usecs = ((int64) (hour * 60 + minute) * 60 + second) * USECS_PER_SEC +
		fraction * factors[n];
	*p = s;
	return true;
}

/*
 * Reads the offset from UTC between 'p' and 'end', in microseconds east of
 * UTC.
 */
static inline bool
parse_offset(const char *p, const char *end, int64 *usecs)
{
	bool		west = *p == '-';
	int64		seconds;
	unsigned	part;

	/* +01, +05:30, +00:53:28 */
	if ((*p != '+' && *p != '-') ||
		(end - p != 3 && end - p != 6 && end - p != 9))
		return false;
	part = two_digits(p + 1);
	if (part > MAX_TZDISP_HOUR)
		return false;
	seconds = part * SECS_PER_HOUR;
	if (end - p >= 6)
	{
		part = two_digits(p + 4);
		if (p[3] != ':' || part >= MINS_PER_HOUR)
			return false;
		seconds += part * SECS_PER_MINUTE;
	}
	if (end - p == 9)
	{
		part = two_digits(p + 7);
		if (p[6] != ':' || part >= SECS_PER_MINUTE)
			return false;
		seconds += part;
	}
	*usecs = (west ? -seconds : seconds) * USECS_PER_SEC;
	return true;
}

bool
bp_rowread_read_date(BpReadColumn *col, char *text, size_t len, Datum *value)
{
	int			days;

	if (len != BP_DATE_LEN || !parse_date(text, &days))
		return false;
	*value = DateADTGetDatum(days);
	return true;
}

#ifdef USE_FLOAT8_BYVAL

/* The number of decimals that the column stores */
static inline int
column_places(const BpReadColumn *col)
{
	return col->typmod >= 0 && col->typmod < MAX_TIMESTAMP_PRECISION ?
		col->typmod : MAX_TIMESTAMP_PRECISION;
}

bool
bp_rowread_read_time(BpReadColumn *col, char *text, size_t len, Datum *value)
{
	const char *p = text;
	int64		usecs;

	if (!parse_time(&p, text + len, column_places(col), &usecs) ||
		p != text + len)
		return false;
	*value = TimeADTGetDatum(usecs);
	return true;
}

/* Reads a date and a time; returns the address behind them, or NULL. */
static inline const char *
parse_timestamp(BpReadColumn *col, const char *text, size_t len, int64 *result)
{
	const char *p = text + BP_DATE_LEN + 1;
	int			days;
	int64		usecs;

	if (len < BP_DATE_LEN + 1 + BP_TIME_LEN || text[BP_DATE_LEN] != ' ' ||
		!parse_date(text, &days) ||
		!parse_time(&p, text + len, column_places(col), &usecs))
		return NULL;
	*result = days * USECS_PER_DAY + usecs;
	return p;
}

bool
bp_rowread_read_timestamp(BpReadColumn *col, char *text, size_t len,
						  Datum *value)
{
	int64		result = 0;

	if (parse_timestamp(col, text, len, &result) != text + len)
		return false;
	*value = TimestampGetDatum(result);
	return true;
}

bool
bp_rowread_read_timestamptz(BpReadColumn *col, char *text, size_t len,
							Datum *value)
{
	int64		result = 0;
	int64		offset;
	const char *p = parse_timestamp(col, text, len, &result);

	if (p == NULL || p >= text + len ||
		!parse_offset(p, text + len, &offset))
		return false;
	*value = TimestampTzGetDatum(result - offset);
	return true;
}

#endif							/* USE_FLOAT8_BYVAL */
