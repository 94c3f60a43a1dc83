package schedule

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTheLongestGapOfAScheduleIsKnown(t *testing.T) {
	const days = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"cron(0 5 * * ? *)":          days,
		"cron(0 * * * ? *)":          time.Hour,
		"cron(30 */6 * * ? *)":       6 * time.Hour,
		"cron(0 1,5,20 * * ? *)":     15 * time.Hour,
		"cron(0 22/1 * * ? *)":       23 * time.Hour, // at 22 and 23
		"cron(0 5 ? * MON-FRI *)":    3 * days,
		"cron(0 5 ? * SUN *)":        7 * days,
		"cron(0 5 ? * L *)":          7 * days,
		"cron(0 5,17 ? * sat,sun *)": 5*days + 12*time.Hour,
		"cron(0 5 ? * 2#1 *)":        35 * days, // five weeks between some first Mondays
		"cron(0 5 ? * 6L *)":         35 * days,
		"cron(0 5 ? * MON#5 *)":      119 * days, // 30 November 2026 to 29 March 2027
		"cron(0 5 1 * ? *)":          31 * days,
		"cron(0 5 31 * ? *)":         61 * days, // March to May
		"cron(0 5 L * ? *)":          31 * days,
		"cron(0 5 1/10 * ? *)":       10 * days,
		"cron(0 5 LW * ? *)":         33 * days,
		"cron(0 5 1W * ? *)":         33 * days,
		"cron(0 5 1 JAN,JUL ? *)":    184 * days,
		"cron(0 5 29 2 ? *)":         (4*365 + 1) * days,
		"cron(0 5 ? FEB FRI#5 *)":    cycle * days, // once in all calendars
		"rate(1 day)":                days,
		"rate(12 hours)":             12 * time.Hour,
		"rate(90 minutes)":           90 * time.Minute,
	} {
		s, err := Parse(text)
		require.NoError(t, err, text)
		gap, ever := s.LongestGap()
		require.True(t, ever, text)
		require.Equal(t, want.String(), gap.String(), text)
	}
	s, err := Parse("cron(0 5 30 2 ? *)")
	require.NoError(t, err)
	_, ever := s.LongestGap()
	require.False(t, ever)
}

func TestOftenerThanHourly(t *testing.T) {
	for text, want := range map[string]bool{
		"cron(0 * * * ? *)": false, "cron(59 0,23 * * ? *)": false, "cron(0,30 5 * * ? *)": true, "cron(*/20 * * * ? *)": true,
		"rate(60 minutes)": false, "rate(59 minutes)": true, "rate(1 day)": false,
	} {
		s, err := Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, want, s.OftenerThanHourly(), text)
	}
}

func TestASchedulesDaysAreThoseOfTheCalendar(t *testing.T) {
	for text, want := range map[string]string{
		// May 2027 begins on a Saturday and ends on a Monday; October 2027 ends on a Sunday.
		"1W 2027-05":    "3",  // not into April
		"2W 2027-05":    "3",  // Sunday, forward
		"8W 2027-05":    "7",  // Saturday, back
		"12W 2027-05":   "12", // a workday itself
		"31W 2027-10":   "29", // not into November
		"LW 2027-10":    "29",
		"LW 2027-05":    "31",
		"L 2028-02":     "29",
		"31W 2027-04":   "", // there is none
		"1-5,20 2027-5": "1 2 3 4 5 20",
	} {
		days, month, _ := strings.Cut(text, " ")
		require.Equal(t, want, datesIn(t, "cron(0 5 "+days+" * ? *)", month), text)
	}
	for text, want := range map[string]string{
		"SAT#5 2027-05":     "29",
		"MON#1,6L 2027-05":  "3 28",
		"2-3 2027-05":       "3 4 10 11 17 18 24 25 31",
		"1/3 2027-05":       "1 2 5 8 9 12 15 16 19 22 23 26 29 30", // SUN, WED, SAT
		"friL,tue#2 2027-5": "11 28",
	} {
		days, month, _ := strings.Cut(text, " ")
		require.Equal(t, want, datesIn(t, "cron(0 5 ? * "+days+" *)", month), text)
	}
}

func datesIn(t *testing.T, text, month string) string {
	s, err := Parse(text)
	require.NoError(t, err, text)
	first, err := time.Parse("2006-1", strings.Replace(month, "-0", "-", 1))
	require.NoError(t, err)
	var on []string
	for date := first; date.Month() == first.Month(); date = date.AddDate(0, 0, 1) {
		if s.on(date) {
			on = append(on, fmt.Sprint(date.Day()))
		}
	}
	return strings.Join(on, " ")
}

func TestWhatIsWrongWithAScheduleIsSaid(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "must be cron(...) with six fields, or rate(...)",
		"0 5 * * ? *":                "must be cron(...) with six fields, or rate(...)",
		"cron(0 5 * * ?)":            "has 5 fields; it must be minute, hour, day of month, month, day of week and year",
		"cron(0 5 * * ? 2027)":       "the year must be *: a plan that ends protects nothing",
		"cron(0 5 * * * *)":          "exactly one of day of month and day of week must be ?",
		"cron(0 5 ? * ? *)":          "exactly one of day of month and day of week must be ?",
		"cron(60 5 * * ? *)":         `minute: "60" must be 0 to 59`,
		"cron(0 24 * * ? *)":         `hour: "24" must be 0 to 23`,
		"cron(0 5 0 * ? *)":          `day of month: "0" must be 1 to 31`,
		"cron(0 5 32W * ? *)":        `day of month: "32" must be 1 to 31`,
		"cron(0 5 1 13 ? *)":         `month: "13" must be 1 to 12`,
		"cron(0 5 1 J ? *)":          `month: "J" must be 1 to 12`,
		"cron(0 5 ? * 0 *)":          `day of week: "0" must be 1 to 7`,
		"cron(0 5 ? * MON#6 *)":      `day of week: "6" must be 1 to 5`,
		"cron(0 5 ? * X#1 *)":        `day of week: "X" must be 1 to 7`,
		"cron(0 5 ? * 8L *)":         `day of week: "8" must be 1 to 7`,
		"cron(0 5 ? * FRI-MON *)":    `day of week: range "FRI-MON" goes backwards`,
		"cron(0 */24 * * ? *)":       `hour: step "24" must be 1 to 23`,
		"cron(0 5-x * * ? *)":        `hour: "X" must be 0 to 23`,
		"cron(0 5, * * ? *)":         `hour: "" must be 0 to 23`,
		"cron(0 +5 * * ? *)":         `hour: "+5" must be 0 to 23`,
		"cron(0 00005 * * ? *)":      `hour: "00005" must be 0 to 23`,
		"rate(1 days)":               "the unit must agree with the number, as in 1 day and 2 days",
		"rate(2 day)":                "the unit must agree with the number, as in 1 day and 2 days",
		"rate(0 days)":               "must be cron(...) with six fields, or rate(...)",
		"rate(9999999999999 hours)":  "must be cron(...) with six fields, or rate(...)",
		"cron(0 5 * * ? *) and more": "must be cron(...) with six fields, or rate(...)",
	} {
		_, err := Parse(text)
		require.EqualError(t, err, want, text)
	}
}

// somePart draws a field's values and a text that means them.
func somePart(t *rapid.T, f field) ([]int, string) {
	values := rapid.SliceOfNDistinct(rapid.IntRange(f.least, f.most), 1, 4, rapid.ID[int]).Draw(t, f.name)
	texts := make([]string, len(values))
	for i, n := range values {
		texts[i] = fmt.Sprint(n)
		if f.names != nil && rapid.Bool().Draw(t, "named") {
			texts[i] = f.names[n-f.least]
		}
	}
	return values, strings.Join(texts, ",")
}

// The longest gap is the longest stretch between two matching hours, counted one by one
// with the standard library's calendar over a period of the calendar.
func TestTheGapIsThatOfCountingHours(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hours, hourText := somePart(t, hourField)
		months, monthText := somePart(t, monthField)
		byWeekday := rapid.Bool().Draw(t, "by weekday")
		var days, weekdays []int
		text := ""
		if byWeekday {
			var weekText string
			weekdays, weekText = somePart(t, weekField)
			text = fmt.Sprintf("cron(0 %s ? %s %s *)", hourText, monthText, weekText)
		} else {
			var dayText string
			days, dayText = somePart(t, field{"day of month", 1, 28, nil})
			text = fmt.Sprintf("cron(0 %s %s %s ? *)", hourText, dayText, monthText)
		}
		s, err := Parse(text)
		require.NoError(t, err, text)

		// Two more years than the period, so that the gap over its end is met as well.
		longest, previous := 0, -1
		for i := range cycle + 731 {
			date := time.Date(2030, 1, 1+i, 0, 0, 0, 0, time.UTC)
			on := slices.Contains(months, int(date.Month())) &&
				(byWeekday && slices.Contains(weekdays, int(date.Weekday())+1) || slices.Contains(days, date.Day()))
			for h := 0; on && h < 24; h++ {
				if !slices.Contains(hours, h) {
					continue
				}
				if now := i*24 + h; previous >= 0 {
					longest, previous = max(longest, now-previous), now
				} else {
					previous = now
				}
			}
		}
		gap, ever := s.LongestGap()
		require.True(t, ever, text)
		require.Equal(t, time.Duration(longest)*time.Hour, gap, text)
	})
}

func TestMoreBackupsAreNeverFurtherApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, hours := somePart(t, hourField)
		_, days := somePart(t, dayField)
		_, more := somePart(t, dayField)
		few, err := Parse(fmt.Sprintf("cron(0 %s %s * ? *)", hours, days))
		require.NoError(t, err)
		many, err := Parse(fmt.Sprintf("cron(0 %s %s,%s * ? *)", hours, days, more))
		require.NoError(t, err)
		fewGap, _ := few.LongestGap()
		manyGap, _ := many.LongestGap()
		require.LessOrEqual(t, manyGap, fewGap)
	})
}

// Whatever is read either is refused or has a gap within reason, and starts at minutes
// of the week that are in order.
func FuzzSchedule(f *testing.F) {
	for _, text := range []string{
		"cron(0 5 * * ? *)", "cron(15/20 1-9/2 L,15W,LW FEB,6-8 ? *)", "cron(0 0 ? * 6L,MON#3,L *)", "rate(5 minutes)", "rate(1 day)", "cron(0 5 30 2 ? *)",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			require.Nil(t, s)
			return
		}
		gap, ever := s.LongestGap()
		if !ever || s.Every > 0 {
			return
		}
		require.Positive(t, gap)
		require.LessOrEqual(t, gap, cycle*24*time.Hour)
		times := s.TimesOfWeek()
		require.NotEmpty(t, times)
		require.True(t, slices.IsSorted(times))
		require.Less(t, times[len(times)-1], week)
	})
}
